"""A protected text: one declaration, three columns.

`name = ProtectedField(kind="name")` makes `name` (ciphertext), `name_index` (blind index) and `name_masked`. Assign plain text; read a
`Protected`. `filter(name="plain text")` compares the index; other lookups are refused. Forms and admin show the masked form, and a masked
form that comes back unchanged changes nothing. `unique=True` and constraints belong to the index: name `name_index` in a UniqueConstraint.
`save(update_fields=…)` names all three, and so does `bulk_update`; `QuerySet.update` cannot write one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Col, Expression
from django.db.models.lookups import Exact, In
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from core import encryption, masking
from core.errors import Problem

FACES = ("_index", "_masked")
DUMPED = "sealed!"


class FacesApart(Problem):
    """A protected field was to be written without its index and masked form: they would tell of the old value."""

    title = "程序只写了加密字段的一部分"


class Protected:
    """A text of a patient's, kept sealed. Printing, formatting, pickling and logging give the masked form or the ciphertext."""

    __slots__ = ("_index", "_masked", "kind", "sealed", "stored")

    def __init__(
        self, kind: masking.Kind, sealed: str, index: str | None = None, masked: str | None = None, *, stored: bool = False
    ) -> None:
        self.kind, self.sealed, self._index, self._masked, self.stored = kind, sealed, index, masked, stored

    @classmethod
    def of(cls, plain: str, kind: masking.Kind) -> Protected:
        return cls(kind, encryption.seal(plain), encryption.blind_index(plain, kind=kind), masking.mask(plain, kind))

    @property
    def masked(self) -> str:
        if self._masked is None:
            self._masked = masking.mask(self.reveal(), self.kind)
        return self._masked

    @property
    def index(self) -> str:
        if self._index is None:
            self._index = encryption.blind_index(self.reveal(), kind=self.kind)
        return self._index

    def reveal(self) -> str:
        """The plain text: for an outgoing call to a partner, or an audited look by staff. A template cannot call this."""
        return encryption.unseal(self.sealed)

    reveal.alters_data = True  # type: ignore[attr-defined]  # Django's templates refuse to call it

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"<Protected {self.masked}>"

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Protected) and (self.kind, self.index) == (other.kind, other.index)

    def __hash__(self) -> int:
        return hash((self.kind, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return Protected, (self.kind, self.sealed, self._index, self._masked)


class Face(models.CharField):
    """The blind index or the masked form beside a protected field; written from it, a plain CharField to migrations."""

    def __init__(self, *args: Any, part: str = "", **options: Any) -> None:
        self.part = part
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def clone(self) -> Any:
        """As `deconstruct` tells it: a plain CharField."""
        _, _, args, options = self.deconstruct()
        return models.CharField(*args, **options)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002 -- Django's signature
        """Its own, so that `update_or_create` writes the faces too."""
        return getattr(model_instance, self.attname)


class ProtectedValue(DeferredAttribute):
    """The attribute on the model: takes plain text, gives a `Protected`, keeps the two faces in step."""

    field: ProtectedField

    def __set__(self, row: models.Model, value: Any) -> None:
        held, name = row.__dict__, self.field.attname
        index, masked = f"{name}_index", f"{name}_masked"
        if isinstance(value, Protected) and value.stored and name not in held and held.get(index, "read") not in ("", None):
            held[name] = Protected(value.kind, value.sealed, held.get(index), held.get(masked))
            return
        if isinstance(value, str):
            value = Protected.of(value, self.field.kind) if value else ""
        held[name] = value
        if not hasattr(value, "resolve_expression"):
            held[index] = self.field.index_of(value)
            held[masked] = value.masked if value else ""

    def __get__(self, row: models.Model | None, owner: Any = None) -> Any:
        value = super().__get__(row, owner)
        return Protected(self.field.kind, "", "", "") if isinstance(value, str) and not value else value


class ProtectedFormField(forms.CharField):
    """Shows the masked form; the same masked form sent back is no change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed("" if initial is None else str(initial), data)


class ProtectedField(models.TextField):
    """See the module. `null=True` keeps None apart from an empty text."""

    descriptor_class = ProtectedValue
    _pyi_private_set_type: str | Protected | None  # type: ignore[assignment]  # what may be assigned
    _pyi_private_get_type: Protected  # type: ignore[assignment]  # what is read

    def __init__(self, *args: Any, kind: masking.Kind, unique: bool = False, **options: Any) -> None:
        if kind not in masking.KINDS:
            raise ValueError(f"{kind!r} is no kind of protected text: {', '.join(sorted(masking.KINDS))}")
        self.kind, self.one_only = kind, unique
        empty = bool(options.get("null")) or unique
        self.faces = {
            "_index": Face(max_length=64, part="index", blank=True, default=None if empty else "", null=empty, editable=False,
                           unique=unique, db_index=not unique),
            "_masked": Face(max_length=64, part="masked", blank=True, default="", editable=False),
        }  # fmt: skip
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "kind": self.kind, **({"unique": True} if self.one_only else {})}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Adds the faces beside it; a migration's model has them as fields of their own."""
        if cls.__module__ != "__fake__":
            for part, face in self.faces.items():
                if name + part not in {field.name for field in cls._meta.local_fields}:
                    face.verbose_name = f"{self.verbose_name or name}（{'索引' if part == '_index' else '脱敏'}）"
                    face.contribute_to_class(cls, name + part)
        super().contribute_to_class(cls, name, private_only)
        if cls.__module__ != "__fake__" and not cls._meta.abstract:
            pre_save.connect(refuse_faces_apart, sender=cls, dispatch_uid=f"{cls._meta.label}.faces")

    def index_of(self, value: Protected | str | None) -> str | None:
        """What the index column holds for `value`: of nothing, an empty text, or None where empty texts must not collide."""
        if value:
            return value.index if isinstance(value, Protected) else encryption.blind_index(value, kind=self.kind)
        return None if value is None or self.one_only else ""

    # Reading and writing

    def from_db_value(self, value: str | None, *_: Any) -> Protected | None:
        return None if value is None else Protected(self.kind, value, stored=True)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(DUMPED):
            return Protected(self.kind, value.removeprefix(DUMPED))
        return value

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Protected):
            return value.sealed
        if isinstance(value, str) and value:
            raise FacesApart(field=self.name, remedy="assign to the row and save it")
        return super().get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        """For dumps: sealed, never plain, never only the masked form."""
        value: Any = self.value_from_object(obj)
        return DUMPED + value.sealed if value else ""

    # Asking

    def get_lookup(self, lookup_name: str) -> Any:
        """Equality by the index; `sealed` compares the ciphertext itself, for rotation."""
        known = {"exact": SameText, "in": OneOfTexts, "isnull": super().get_lookup("isnull"), "sealed": SameSeal}
        return known.get(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:  # noqa: ARG002 -- Django's signature
        return None

    # Forms

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": ProtectedFormField, "widget": forms.TextInput, **options})

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """A masked form that comes back as it was shown is left alone."""
        held = getattr(instance, self.attname)
        if not (held and data == str(held)):
            super().save_form_data(instance, data)

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        return [*super().check(**options), *self.vacuous_constraints()]

    def vacuous_constraints(self) -> Iterable[checks.CheckMessage]:
        """Ciphertext differs every time: a constraint over it would never bite."""
        for constraint in self.model._meta.constraints:
            if self.name in getattr(constraint, "fields", ()):
                yield checks.Error(
                    f"{constraint.name} names the ciphertext {self.name}.", hint=f"Name {self.name}_index.", obj=self, id="core.E001"
                )


# Lookups


def index_column(side: Any) -> Any:
    """The index column beside the ciphertext column of a query."""
    if isinstance(side, Col) and isinstance(side.target, ProtectedField):
        target: Any = side.target.model._meta.get_field(f"{side.target.name}_index")
        return Col(side.alias, target)
    raise FieldError("A protected field is compared by its own column only.")


def sought(field: ProtectedField, value: Any) -> Any:
    if isinstance(value, Expression):
        return index_column(value)
    return field.index_of(value)


class SameText(Exact):
    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(index_column(lhs), sought(lhs.target, rhs))


class OneOfTexts(In):
    def __init__(self, lhs: Any, rhs: Any) -> None:
        if not isinstance(rhs, (list, tuple, set, frozenset)):
            raise FieldError("A protected field is sought in a list of texts, not in a query.")
        super().__init__(index_column(lhs), [sought(lhs.target, one) for one in rhs])


class SameSeal(Exact):
    """Not the text but this very ciphertext."""

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:  # noqa: ARG002 -- Django's signature
        return "%s", [value]


def refuse_faces_apart(sender: type[models.Model], instance: models.Model, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """`save(update_fields=["name"])` must name the faces too; `update_or_create` does by itself."""
    for field in protected_fields(sender):
        held = {field.name + face for face in FACES} & set(instance.__dict__)
        if update_fields is not None and field.name in update_fields and held - update_fields:
            raise FacesApart(model=sender._meta.label, field=field.name)


def protected_fields(model: type[models.Model]) -> list[ProtectedField]:
    return [field for field in model._meta.local_fields if isinstance(field, ProtectedField)]


# Keys


def rotate_rows(model: type[models.Model]) -> int:
    """Bring every row of `model` under the active key, one at a time; returns how many were changed. May be stopped and begun again.

    A row that was changed meanwhile is left to the next run: it was written under the active key anyway.
    """
    columns = [field.attname for field in protected_fields(model)]
    changed = 0
    for pk, *values in model._default_manager.values_list("pk", *columns).iterator(chunk_size=500):
        sealed = {column: value.sealed for column, value in zip(columns, values, strict=True) if value}
        moved = {column: Protected(value_kind(model, column), encryption.rotate(text)) for column, text in sealed.items()}
        moved = {column: value for column, value in moved.items() if value.sealed != sealed[column]}
        if moved:
            same = {f"{column}__sealed": sealed[column] for column in moved}
            changed += model._default_manager.filter(pk=pk, **same).update(**moved)
    return changed


def value_kind(model: type[models.Model], column: str) -> masking.Kind:
    field: Any = model._meta.get_field(column)
    kind: masking.Kind = field.kind
    return kind
