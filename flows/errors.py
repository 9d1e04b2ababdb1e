"""Refusals of the conductor, by name."""

from core.errors import Conflict, Invalid, NotFound
from core.screen import Screen


class RunUnknown(NotFound):
    title = "没有找到这次就诊"
    remedy = "请回到首页，从今天的就诊进入。"


class StepUnknown(NotFound):
    title = "这次就诊里没有这一步"
    remedy = "请回到就诊进度页。"


class StepPassed(Conflict):
    """The step is not waiting for this answer any more; the caller shows the current `screen`."""

    screen: Screen | None = None

    title = "这一步已经办好了"
    remedy = "请看现在的进度。"


class ActionUnknown(Invalid):
    title = "这一步没有这个操作"
    remedy = "请刷新页面后再试。"


class AnswerUnfit(Invalid):
    """A question was left open, or the answer is none it can have; `question` in the words of staff."""

    title = "“{question}”还没有填好"
    remedy = "请把每个问题都填上再提交。"


class NoteNamesPatient(Invalid):
    title = "说明里不要写患者姓名"
    remedy = "说明会进入审计和时间线；写“患者”就够了。"


class TaskOver(Conflict):
    """The step was ended or given up while a person worked at it."""

    title = "这次就诊已经不等这件事了"
    remedy = "不用再办，这件事会自己从待办里消失。"


class FlowIncomplete(Invalid):
    """Publishing was refused; `facts` count the faults, the editor shows them at their cards."""

    title = "流程还不能发布"
    remedy = "请先改好标红的步骤。"


class NoFlowBound(Conflict):
    title = "这个科室还没有投放流程"
    remedy = "请到导诊台办理；运营人员可在后台投放流程。"


class PublishRefused(Conflict):
    title = "不能由同一个人送审和审核"
    remedy = "请另一位有审核权限的同事办理。"


class DraftMoved(Conflict):
    """The draft was changed after it had been submitted: what was looked at is not what would be published."""

    title = "送审之后流程又改过"
    remedy = "请退回，由送审人按最新内容重新送审。"


class RehearsalUnclear(Invalid):
    """What was typed in is no assumption: `where` says which."""

    title = "彩排的设置不对：{where}"
    remedy = "请改好再算。"
