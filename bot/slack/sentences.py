"""The sentences that answer typed text and pressed buttons, in English and Chinese."""

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
    "Say one workspace: {names}.": "请指定一个工作空间：{names}。",
    "Say one day: today, yesterday or before_yesterday.": (
        "请指定一个日期：today、yesterday 或 before_yesterday。"
    ),
    "Say only a workspace and a day; only you see the answer.": "只需输入工作空间和日期，回复仅您可见。",
    "No digest is configured.": "没有配置汇总。",
    "Say one digest: {names}.": "请指定一个汇总：{names}。",
    "The digest {name} goes to {channel}.": "汇总 {name} 将发往 {channel}。",
    "Not posted again: {who} posted it a moment ago in {channel}.": (
        "未重复发送：{who} 刚刚已发送到 {channel}。"
    ),
    "Reading from DLF…": "正在读取 DLF……",
    "I am still starting. Try again in a few seconds.": "我还在启动，请几秒后再试。",
    "Too many questions are being answered just now. Try again in a minute.": (
        "正在处理的问题太多，请一分钟后再试。"
    ),
    "I serve another Slack workspace and cannot answer here.": "我属于另一个 Slack 工作区，无法在此回答。",
    "Something went wrong on my side (id {id}). Try again; if it stays, tell whoever runs me.": (
        "我这边出错了（编号 {id}）。请重试；若仍出错，请联系我的管理员。"
    ),
    "That took too long (id {id}). Try again in a minute.": "耗时太久（编号 {id}）。请一分钟后再试。",
    "I do not know this command. Try /dlf-status help.": "我不认识这个命令。请试试 /dlf-status help。",
    "This button is from an older version of me and does nothing any more.": (
        "这个按钮来自旧版本，已不再起作用。"
    ),
    "You have it. You will be told when it gets worse or ends; other reminders stop.": (
        "已由您认领。恶化或结束时会通知您，其他提醒停止。"
    ),
    "You have all {n} alerts that fire. You will be told when they get worse or end; other reminders stop.": (
        "{n} 个告警均由您认领。恶化或结束时会通知您，其他提醒停止。"
    ),
    "You have {n} of the alerts that fire; others have {others}.": (
        "正在告警的有 {n} 个由您认领，{others} 个由他人认领。"
    ),
    "{who} has it since {at}.": "{who} 已于 {at} 认领。",
    "You already have it.": "您已认领。",
    "You gave it back.": "已取消认领。",
    "Nobody has it now. Press Take it on the alert.": "目前无人认领。请在告警上点击“认领”。",
    "It is over already.": "该告警已经结束。",
    "Marked done. It is off the list.": "已标记为已处理，不再列出。",
    "{who} marked it done at {at}.": "{who} 已于 {at} 标记为已处理。",
    "Only an alert that DLF no longer tells can be marked done.": (
        "只有 DLF 不再提供其日期的告警才能标记为已处理。"
    ),
    "I do not know this alert any more.": "我已没有这条告警的记录。",
    "I do not know these jobs any more. Ask again.": "我已没有这些作业的记录，请重新查询。",
    "Only full members of this workspace may do that.": "只有本工作区的正式成员可以这样做。",
    "Only members and guests of this Slack workspace get an answer.": (
        "只有本 Slack 工作区的成员和访客可以查询。"
    ),
    "I could not check who you are ({code}). Try again; the app needs users:read and usergroups:read.": (
        "我无法确认您的身份（{code}）。请重试；应用需要 users:read 和 usergroups:read 权限。"
    ),
}


def sentence(locale: str, english: str, **parts: object) -> str:
    """Translate an English pattern and fill in its parts."""
    pattern = ZH.get(english, english) if locale == "zh" else english
    return pattern.format(**parts)
