"""One declaration, three faces: what is stored, asked, shown, dumped and logged."""

from __future__ import annotations

import copy
import io
import json
import pickle
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.template import Context, Template
from django.test.utils import isolate_apps

from core import encryption
from core.fields import FacesApart, Protected, ProtectedField

NAME, PHONE, ID_NO = "赵一鸣", "13800138000", "990000199001011234"


def raw(person: Any) -> dict[str, Any]:
    """The row as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {person._meta.db_table} WHERE id = %s", [person.pk])
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


@pytest.fixture
def zhao(person: Any) -> Any:
    return person.objects.create(name=NAME, phone=PHONE, openid="o-1234567890")


def test_three_columns_and_none_of_them_plain(zhao: Any) -> None:
    row = raw(zhao)
    assert list(row)[1:4] == ["name_index", "name_masked", "name"]
    assert (row["name_masked"], row["name_index"]) == ("赵*鸣", encryption.blind_index(NAME, kind="name"))
    assert encryption.unseal(row["name"]) == NAME
    assert (row["id_no"], row["id_no_index"], row["id_no_masked"]) == (None, None, "")
    assert not any(plain in str(row) for plain in (NAME, PHONE, "o-1234567890"))


def test_the_value_shows_its_mask_and_gives_the_text_only_when_asked(zhao: Any) -> None:
    read = type(zhao).objects.get(pk=zhao.pk)
    for one in (zhao, read):
        assert (str(one.name), f"{one.name:>5}", repr(one.name)) == ("赵*鸣", "  赵*鸣", "<Protected 赵*鸣>")
        assert (one.name.masked, one.name.index, one.name.reveal()) == ("赵*鸣", encryption.blind_index(NAME, kind="name"), NAME)
    assert read.name == zhao.name
    assert read.name != NAME
    assert len({read.name, zhao.name}) == 1


def test_reading_costs_no_decryption(zhao: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("core.encryption.unseal", lambda sealed: opened.append(sealed) or "")
    read = type(zhao).objects.get(pk=zhao.pk)
    read.save()
    assert (str(read.name), read.phone.index != "") == ("赵*鸣", True)
    assert opened == []


def test_it_is_found_by_the_whole_text_only(person: Any, zhao: Any) -> None:
    other = person.objects.create(name="钱二", openid="o-2")
    found = person.objects
    assert found.get(name=NAME) == found.get(name=zhao.name) == found.get(phone="+86 138 0013 8000") == zhao
    assert set(found.filter(name__in=[NAME, "钱二"])) == {zhao, other}
    assert found.exclude(name=NAME).get() == other
    assert found.filter(models.Q(name="没有") | models.Q(phone=PHONE)).get() == zhao
    assert found.filter(name_masked__endswith="鸣").get() == zhao
    assert found.filter(id_no=None).count() == found.filter(id_no__isnull=True).count() == 2
    assert found.filter(phone="").get() == other
    assert not found.filter(name="赵").exists()


@pytest.mark.parametrize("lookup", ["contains", "startswith", "icontains", "gt", "iexact", "regex"])
def test_a_part_cannot_be_sought(person: Any, lookup: str) -> None:
    with pytest.raises(FieldError):
        person.objects.filter(**{f"name__{lookup}": "赵"})


def test_a_query_never_carries_the_plain_text(person: Any, zhao: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3) as asked:
        list(person.objects.filter(name=NAME))
        person.objects.create(name=NAME, openid="o-3")
        person.objects.filter(name__in=[NAME]).exists()
    assert NAME not in str([query["sql"] for query in asked.captured_queries])


def test_null_and_blank_stay_apart(person: Any) -> None:
    none, blank = person.objects.create(name="孙三", openid="a"), person.objects.create(name="孙三", id_no="", openid="b")
    assert raw(none)["id_no"] is None and raw(blank)["id_no"] == ""
    assert person.objects.get(pk=none.pk).id_no is None
    empty = person.objects.get(pk=blank.pk).id_no
    assert (str(empty), bool(empty), empty.reveal(), empty.index) == ("", False, "", "")


def test_one_of_a_kind_counts_for_the_text_and_not_for_nothing(person: Any, zhao: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        person.objects.create(name="李四", openid="o-1234567890")
    for _ in range(2):
        person.objects.create(name="李四")
    assert person.objects.filter(openid_index=None).count() == 2


def test_changing_the_text_changes_all_faces(person: Any, zhao: Any) -> None:
    zhao.name = "周五"
    assert str(zhao.name) == "周*"
    zhao.save()
    assert raw(zhao)["name_masked"] == "周*" and person.objects.get(name="周五") == zhao
    assert not person.objects.filter(name=NAME).exists()
    zhao.phone = ""
    zhao.save()
    assert (raw(zhao)["phone"], raw(zhao)["phone_index"], raw(zhao)["phone_masked"]) == ("", "", "")


def test_a_value_moves_to_another_row_with_its_faces(person: Any, zhao: Any) -> None:
    read, partly, listed = person.objects.get(), person.objects.only("name").get(), person.objects.values_list("name", flat=True)[0]
    for value in (zhao.name, read.name, partly.name, listed):
        other = person(openid=None)
        other.name = "别人"
        other.name = value
        assert (other.name_masked, other.name_index) == ("赵*鸣", zhao.name_index)
        assert person(name=value).name_index == zhao.name_index


def test_deferred_and_refreshed_rows_know_their_text(person: Any, zhao: Any) -> None:
    assert person.objects.only("name").get().name.masked == "赵*鸣"
    assert person.objects.defer("name").get().name.reveal() == NAME
    assert person.objects.only("phone").get().name.index == zhao.name_index
    person.objects.filter(pk=zhao.pk).update(name_masked="变*")
    zhao.refresh_from_db()
    assert str(zhao.name) == "变*"


def test_saving_a_part_is_refused(person: Any, zhao: Any) -> None:
    zhao.name = "吴六"
    with pytest.raises(FacesApart):
        zhao.save(update_fields=["name"])
    with pytest.raises(FacesApart), transaction.atomic():
        person.objects.filter(pk=zhao.pk).update(name="吴六")
    assert person.objects.get(pk=zhao.pk).name.reveal() == NAME
    zhao.save(update_fields=["name", "name_index", "name_masked"])
    assert person.objects.get(name="吴六").name_masked == "吴*"
    partly = person.objects.only("name", "phone").get(pk=zhao.pk)
    partly.save()


def test_get_or_create_and_update_or_create(person: Any, zhao: Any) -> None:
    assert person.objects.get_or_create(openid="o-1234567890", defaults={"name": "新人"}) == (zhao, False)
    changed, created = person.objects.update_or_create(openid="o-1234567890", defaults={"name": "郑七"})
    assert (changed.pk, created) == (zhao.pk, False)
    assert (raw(zhao)["name_masked"], raw(zhao)["name_index"]) == ("郑*", encryption.blind_index("郑七", kind="name"))


def test_bulk_create_writes_all_faces(person: Any) -> None:
    person.objects.bulk_create([person(name=f"王{sign}", openid=sign) for sign in "甲乙"])
    assert person.objects.get(name="王乙").name_masked == "王*"


def test_nothing_that_copies_or_prints_gives_the_plain_text(zhao: Any) -> None:
    read = type(zhao).objects.get(pk=zhao.pk)
    assert NAME.encode() not in pickle.dumps(read.name)
    assert pickle.loads(pickle.dumps(read.name)).reveal() == NAME
    assert copy.deepcopy(read.name).reveal() == NAME
    assert NAME not in json.dumps({"name": read.name}, default=str, ensure_ascii=False) + str(vars(read)) + f"{read.name!r}"


def test_a_template_shows_the_mask_and_cannot_reveal(zhao: Any) -> None:
    shown = Template("{{ one.name }}|{{ one.name.masked }}|{{ one.name.reveal }}").render(Context({"one": zhao}))
    assert shown == "赵*鸣|赵*鸣|"


def test_a_dump_is_sealed_and_loads_again(person: Any, zhao: Any) -> None:
    dump = serializers.serialize("json", [zhao], ensure_ascii=False)
    assert not any(plain in dump for plain in (NAME, PHONE))
    value = json.loads(dump)[0]["fields"]["name"]
    again = person._meta.get_field("name").to_python(value)
    assert (again.reveal(), again.masked) == (NAME, "赵*鸣")


def form_of(person: Any) -> type[forms.ModelForm]:
    return forms.modelform_factory(person, fields=["name", "phone", "id_no"])


def test_a_form_shows_the_mask_and_an_untouched_mask_changes_nothing(person: Any, zhao: Any) -> None:
    form = form_of(person)
    shown = form(instance=zhao).as_p()
    assert 'value="赵*鸣"' in shown and NAME not in shown and "index" not in shown
    sent = form({"name": "赵*鸣", "phone": "13900139000", "id_no": ""}, instance=zhao)
    assert sent.is_valid(), sent.errors
    assert sent.changed_data == ["phone"]
    sent.save()
    read = person.objects.get(pk=zhao.pk)
    assert (read.name.reveal(), read.phone.reveal()) == (NAME, "13900139000")


def test_a_form_keeps_an_empty_text_from_a_field_that_needs_one(person: Any, zhao: Any) -> None:
    assert set(form_of(person)({"name": "", "phone": ""}, instance=zhao).errors) == {"name"}


def test_the_admin_lists_the_mask(person: Any, zhao: Any) -> None:
    from django.contrib.admin.utils import display_for_field, lookup_field

    field, _, value = lookup_field("name", zhao, admin.ModelAdmin(person, admin.site))
    assert display_for_field(value, field, "-") == "赵*鸣"


# Migrations


def test_it_deconstructs_to_three_plain_columns_of_a_migration(person_model: Any) -> None:
    state = ModelState.from_model(person_model)
    assert list(state.fields)[1:4] == ["name_index", "name_masked", "name"]
    assert type(state.fields["name_index"]) is models.CharField
    written, _ = MigrationWriter.serialize(person_model._meta.get_field("openid"))
    assert written == "core.fields.ProtectedField(blank=True, default='', kind='openid', unique=True, verbose_name='平台账号')"


def test_a_model_out_of_a_migration_has_each_column_once(person_model: Any) -> None:
    project = ProjectState()
    project.add_model(ModelState.from_model(person_model))
    old = project.apps.get_model("core", "Person")
    names = [field.name for field in old._meta.local_fields]
    assert sorted(names) == sorted(field.name for field in person_model._meta.local_fields) and len(set(names)) == len(names)
    assert old(name=NAME).name_masked == "赵*鸣"


def test_columns_added_later_one_by_one_stand_once_each(person_model: Any) -> None:
    """`makemigrations` adds new fields in the order of the alphabet: the ciphertext before its faces."""
    project, whole = ProjectState(), ModelState.from_model(person_model)
    fields = dict(whole.fields)
    added = [(name, fields.pop(name)) for name in ("name", "name_index", "name_masked")]
    project.add_model(ModelState("core", "Person", list(fields.items())))
    for name, field in added:
        project.add_field("core", "person", name, field, preserve_default=True)
    names = [field.name for field in project.apps.get_model("core", "Person")._meta.local_fields]
    assert sorted(names) == sorted(whole.fields)


def test_children_of_an_abstract_model_have_each_column_once() -> None:
    with isolate_apps("core"):

        class Ground(models.Model):
            name = ProtectedField(kind="name")

            class Meta:
                abstract = True
                app_label = "core"

        class Child(Ground):
            class Meta:
                app_label = "core"

    assert [field.name for field in Child._meta.local_fields] == ["id", "name_index", "name_masked", "name"]


def test_a_constraint_over_ciphertext_is_an_error() -> None:
    with isolate_apps("core"):

        class Account(models.Model):
            openid = ProtectedField(kind="openid")

            class Meta:
                app_label = "core"
                constraints = [models.UniqueConstraint(fields=["openid"], name="vacuous")]

        assert [error.id for error in Account.check()] == ["core.E001"]


def test_an_unknown_kind_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no kind"):
        ProtectedField(kind="email")  # type: ignore[arg-type]


def test_rotation_reaches_every_row(person: Any, zhao: Any, settings: Any) -> None:
    from core.fields import rotate_rows

    before = raw(zhao)
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, "k2": "ab" * 16}
    settings.FIELD_KEY_ACTIVE = "k2"
    assert rotate_rows(person) == 1
    after = raw(zhao)
    assert after["name"].startswith("k2:") and after["phone"].startswith("k2:") and after["id_no"] is None
    faces = [column for column in after if column.endswith(("_index", "_masked"))]
    assert [after[column] for column in faces] == [before[column] for column in faces]
    settings.FIELD_KEYS = {"k2": "ab" * 16}
    assert person.objects.get(name=NAME).phone.reveal() == PHONE
    assert rotate_rows(person) == 0


def test_the_house_keeps_protected_values_out_of_sight_of_print(zhao: Any) -> None:
    out = io.StringIO()
    print(zhao.name, [zhao.name], {"n": zhao.name}, file=out)
    assert NAME not in out.getvalue()
    assert isinstance(zhao.name, Protected)
