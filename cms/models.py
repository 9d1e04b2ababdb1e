"""Guide pages."""

from __future__ import annotations

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import GuideBody


class GuidePage(Page):
    """A page of guidance, drawn by the mini-program; its slug is its address there."""

    summary = models.CharField("一句话说明", max_length=80, blank=True)
    body = StreamField(GuideBody(), verbose_name="内容", blank=True)

    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = verbose_name_plural = "指引页"
