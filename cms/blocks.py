"""The parts a guide page is built of; each becomes one part of the screen's rich text."""

from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


class Heading(blocks.CharBlock):
    class Meta:
        icon = "title"
        label = "小标题"


class Prose(blocks.TextBlock):
    class Meta:
        icon = "pilcrow"
        label = "正文"


class Numbered(blocks.ListBlock):
    class Meta:
        icon = "list-ol"
        label = "步骤"


class Picture(blocks.StructBlock):
    image = ImageChooserBlock(label="图片")
    alt = blocks.CharBlock(label="图片说明", help_text="看不见图片的人会听到这句话。", max_length=80)

    class Meta:
        icon = "image"
        label = "图片"


class Question(blocks.StructBlock):
    question = blocks.CharBlock(label="问", max_length=60)
    answer = blocks.TextBlock(label="答")

    class Meta:
        icon = "help"
        label = "常见问题"


class GuideBody(blocks.StreamBlock):
    heading = Heading(max_length=40)
    text = Prose()
    numbered = Numbered(blocks.CharBlock(label="一步", max_length=120))
    picture = Picture()
    faq = Question()

    class Meta:
        required = False
