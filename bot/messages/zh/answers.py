"""The Chinese of answers to typed text and pressed buttons."""

ZH = {
    "Unknown word {word}.": "无法识别 {word}。",
    "Did you mean {nearest}?": "是否为 {nearest}？",
    "Use a day ({days}) or a workspace: {names}.": "请输入日期（{days}）或工作空间：{names}。",
    "One day at a time: this asks for {one} and {other}.": (
        "一次只能查询一个日期：输入中有 {one} 和 {other}。"
    ),
    "Single dates such as {word} are not supported. Use {days}.": (
        "暂不支持 {word} 这样的具体日期，请使用 {days}。"
    ),
    "{word} exists in several projects. Use {choices}.": "多个项目中都有 {word}，请使用 {choices}。",
    "The text is too long. Try /dlf-status help.": "输入过长。输入 /dlf-status help 查看示例。",
    "Name one workspace: {names}.": "请指定一个工作空间：{names}。",
    "Name one day: today, yesterday or before_yesterday.": (
        "请指定一个日期：today、yesterday 或 before_yesterday。"
    ),
    "Type only a workspace and a day; only you see the answer.": "只需输入工作空间和日期，回复仅您可见。",
    "Which digest? {names}.": "请指定一个汇总：{names}。",
    "Posting {name} in {channel}.": "正在将 {name} 发送到 {channel}。",
    "Not posted again: {who} posted it a moment ago in {channel}.": (
        "未重复发送：{who} 刚刚已发送到 {channel}。"
    ),
    "Reading from DLF…": "正在读取 DLF……",
    "The bot is starting. Try again in a few seconds.": "机器人正在启动，请几秒后重试。",
    "The bot is busy. Try again in a minute.": ("机器人繁忙，请一分钟后重试。"),
    "This bot belongs to another Slack workspace and cannot answer here.": (
        "此机器人属于另一个 Slack 工作区，无法在此回答。"
    ),
    "Something went wrong (id {id}). Try again. If it happens again, give this id to the "
    "person who runs the bot.": ("出错了（编号 {id}），请重试。若再次出现，请将编号告知机器人的运维人员。"),
    "{what} (id {id})": "{what}（编号 {id}）",
    "This took too long (id {id}). Try again in a minute.": "处理超时（编号 {id}），请一分钟后重试。",
    "This version does not have this command. Try /dlf-status help.": (
        "当前版本没有此命令，请试试 /dlf-status help。"
    ),
    "This button is from an older version and no longer works. Use the buttons of a newer message.": (
        "此按钮来自旧版本，已失效，请使用较新消息中的按钮。"
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
    "This alert is already over.": "该告警已结束。",
    "Marked done. It is off the list.": "已标记为已处理，不再列出。",
    "{who} marked it done at {at}.": "{who} 已于 {at} 标记为已处理。",
    "Only an alert whose date DLF no longer returns can be marked done.": (
        "只有 DLF 不再返回其日期的告警才能标记为已处理。"
    ),
    "These jobs are no longer on record. Ask again.": "这些作业已无记录，请重新查询。",
    "Only full members of this Slack workspace can do this (not guests).": (
        "只有本 Slack 工作区的正式成员可以执行此操作（访客不可）。"
    ),
    "Only members and guests of this Slack workspace get an answer.": (
        "只有本 Slack 工作区的成员和访客可以查询。"
    ),
    "Your permissions could not be checked ({code}). Try again. If it stays, the app may "
    "lack users:read or usergroups:read.": (
        "无法核实您的权限（{code}），请重试。若仍失败，应用可能缺少 users:read 或 usergroups:read。"
    ),
}
