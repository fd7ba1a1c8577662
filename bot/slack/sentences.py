"""The sentences people get for what they typed or pressed, in English and Chinese."""

ZH = {
    "I do not know {word}.": "我不认识 {word}。",
    "Did you mean {nearest}?": "您是指 {nearest} 吗？",
    "Say a day ({days}) or a workspace: {names}.": "请输入日期（{days}）或工作空间：{names}。",
    "One day at a time: I read {one} and {other}.": "一次只能问一个日期：我读到了 {one} 和 {other}。",
    "DLF does not answer for a single date like {word}. Say {days}.": (
        "DLF 不能按 {word} 这样的具体日期查询，请用 {days}。"
    ),
    "{word} is in several projects. Say {choices}.": "{word} 存在于多个项目中，请用 {choices}。",
    "That is too much to read. Try /dlf-status help.": "内容太长，无法识别。请试试 /dlf-status help。",
    "and {n} more": "以及另外 {n} 个",
}


def sentence(locale: str, english: str, **parts: object) -> str:
    """Say an English pattern in the wanted language."""
    pattern = ZH.get(english, english) if locale == "zh" else english
    return pattern.format(**parts)
