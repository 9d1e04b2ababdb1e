"""安全： the audit reader and the letters that did not arrive."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from core import audit as book
from core.errors import Problem
from operations import actions, forms
from operations.access import needs
from operations.frame import page, tell
from operations.queries import security

A_PAGE = 20
READS, LETTERS, SENDS = "core.view_entry", "core.view_delivery", "core.change_delivery"


@require_GET
@needs(READS, "审计")
def audit(request: HttpRequest) -> HttpResponse:
    """The entries of one day. Reading leaves a trace."""
    wanted = forms.audit_filter(request.GET)
    entries = security.narrowed(wanted)
    sheet = Paginator(entries, A_PAGE).get_page(request.GET.get("p"))
    lines = security.lines(list(sheet.object_list))
    actions.note_reading(by=request.user.get_username(), narrowed=f"{security.GROUPS[wanted.show][0]}，第 {sheet.number} 页")
    context = {
        "wanted": wanted,
        "groups": [(key, title) for key, (title, _) in security.GROUPS.items()],
        "lines": lines,
        "sheet": sheet,
        "query": forms.without(request.GET, "p", "entry"),
        "side": next((line for line in lines if str(line.entry.pk) == request.GET.get("entry", "")), None),
        "today": forms.today(),
    }
    return page(request, "audit", "审计", context)


@require_POST
@needs(READS, "核对审计")
def check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain now and say what was found."""
    wrong = book.verify_chain()
    if wrong:
        messages.error(request, f"审计链有 {len(wrong)} 处对不上，最早一处是第 {wrong[0]} 条。请马上联系信息科和分管领导，先不要动数据库。")
    else:
        messages.success(request, "整条链核对完，首尾相扣，没有被改过。")
    return redirect("operations:audit")


@require_GET
@needs(LETTERS, "没送到的消息")
def letters(request: HttpRequest) -> HttpResponse:
    show = "trying" if request.GET.get("show") == "trying" else "dead"
    rows = security.letters(dead=show == "dead")
    sheet = Paginator(rows, A_PAGE).get_page(request.GET.get("p"))
    context = {
        "show": show,
        "letters": [security.told(one) for one in sheet.object_list],
        "dead": security.letters(dead=True).count(),
        "trying": security.letters(dead=False).count(),
        "sheet": sheet,
        "may_retry": request.user.has_perm(SENDS),
    }
    return page(request, "letters", "没送到的消息", context)


@require_POST
@needs(SENDS, "重试没送到的消息")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.retry_letter(pk, by=request.user.get_username())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, "已重新排队，几秒内会再送一次。重复送到不会重复办。")
    return redirect("operations:letters")
