"""The Chinese of alerts and what became of them."""

ZH = {
    "⛔ Critical · {what}": "⛔ 紧急 · {what}",
    "⚠️ Warning · {what}": "⚠️ 重要 · {what}",
    "ℹ️ Info · {what}": "ℹ️ 提示 · {what}",
    "✅ Resolved · {what}": "✅ 已恢复 · {what}",
    "🌙 Day over, not resolved · {what}": "🌙 当日结束，未恢复 · {what}",
    "❔ Closed, not resolved · {what}": "❔ 已关闭，未恢复 · {what}",
    "{now} from {date}": "{date}的{now}",
    "{now} on {date} when last read": "{date}的{now}（最近一次读取）",
    "{now} on {date}, was {n}": "{date}{now}，原为 {n}",
    "Since {since} · last read {read}": "{since} 起 · 最近读取：{read}",
    "DLF returns only the last three dates. Check these instances in DataArts.": (
        "DLF 只返回最近三天。请在 DataArts 中检查这些实例。"
    ),
    "🌙 The day ended. This {n} stays stuck until somebody deals with it, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例在处理之前会一直运行异常，告警继续。"
    ),
    "🌙 The day ended. These {n} stay stuck until somebody deals with them, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例在处理之前会一直运行异常，告警继续。"
    ),
    "🌙 The day ended. This {n} waits until somebody confirms it, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例仍待人工确认，告警继续。"
    ),
    "🌙 The day ended. These {n} wait until somebody confirms them, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例仍待人工确认，告警继续。"
    ),
    "🌙 The day ended. This {n} stays paused until somebody deals with it, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例在处理之前会一直暂停，告警继续。"
    ),
    "🌙 The day ended. These {n} stay paused until somebody deals with them, so this alert goes on.": (
        "🌙 当日已结束。这 {n} 个实例在处理之前会一直暂停，告警继续。"
    ),
    "🌙 The day ended. This alert goes on with the count of its date: {now}.": (
        "🌙 当日已结束。告警按该日期的计数继续：{now}。"
    ),
    "☑️ Marked done by {who} at {at}": "☑️ {who} 已于 {at} 标记为已处理",
    "Done": "已处理",
    "✏️ Corrected · {what}": "✏️ 已更正 · {what}",
    "⏹️ Closed · {where}: rule {rule} was removed from the config": (
        "⏹️ 已关闭 · {where}：规则 {rule} 已从配置中删除"
    ),
    "⏹️ Closed · {where}: removed from the config": "⏹️ 已关闭 · {where}：已从配置中删除",
    "⏹️ Closed · {where}: rule {rule} no longer watches this workspace": (
        "⏹️ 已关闭 · {where}：规则 {rule} 不再监控该工作空间"
    ),
    "⏹️ Closed · {where}: rule {rule} was changed ({before} → {after})": (
        "⏹️ 已关闭 · {where}：规则 {rule} 已修改（{before} → {after}）"
    ),
    "⏹️ Closed · {where}: the project's time zone was changed ({before} → {after})": (
        "⏹️ 已关闭 · {where}：项目时区已修改（{before} → {after}）"
    ),
    "⏹️ Closed · {where}: this name now stands for another workspace": (
        "⏹️ 已关闭 · {where}：该名称已指向另一个工作空间"
    ),
    "{where}: {now} (limit now {new}, was {old})": "{where}：{now}（阈值改为 {new}，原为 {old}）",
    "The limit was changed: by the old one this alert would still fire.": "阈值已修改：按原阈值仍会告警。",
    "Not a recovery: {now} when last read at {at}.": "这不是恢复：最近一次（{at}）{now}。",
    "Not a recovery: {now} when last read at {at}. A new alert follows if the new rule fires.": (
        "这不是恢复：最近一次（{at}）{now}。若新规则触发，将另发告警。"
    ),
    "Not a recovery: DLF could still not be read at {at}. The project is no longer checked.": (
        "这不是恢复：{at} 仍无法读取 DLF。该项目不再检查。"
    ),
    "📈 Worse · {what}": "📈 恶化 · {what}",
    "🔁 Still firing · {what}": "🔁 仍在告警 · {what}",
    "{now} for {span}": "{now}，已持续 {span}",
    "{title}, lasted {span}": "{title}，持续 {span}",
    "{now}, was {n}": "{now}，此前 {n}",
    "peak {n}": "峰值 {n}",
    "lowest {n}": "最低 {n}",
    "at most {n}": "最多时 {n}",
    "{where}: {now}": "{where}：{now}",
    "{where}: {now} (limit {limit})": "{where}：{now}（阈值 {limit}）",
    "DLF can be read again": "DLF 已可读取",
    "project {name}": "项目 {name}",
    "cannot read DLF ({n} workspace)": "无法读取 DLF（{n} 个工作空间）",
    "cannot read DLF ({n} workspaces)": "无法读取 DLF（{n} 个工作空间）",
    "Since {since}": "{since} 起",
    "Lasted {span}, {since} to {end}": "持续 {span}（{since} 至 {end}）",
    "Lasted {span}, at {since}": "持续 {span}（{since}）",
    "Since {since} · {last} when {date} ended": "{since} 起 · {date}结束时{last}",
    "No counts and no alerts for these workspaces until DLF can be read.": (
        "在恢复读取之前，这些工作空间没有计数，也不会告警。"
    ),
    "Changed after the day ended, usually by reruns.": "当日结束后发生变化，通常是重跑所致。",
    "Not a recovery: DLF counts each day from 0.": "这不是恢复：DLF 每天从 0 开始计数。",
    "last value {n}": "最后的值 {n}",
    "It ended before this message could be sent.": "本消息发出前告警已结束。",
    "🙋 Taken by {who} at {at}": "🙋 {who} 已于 {at} 认领",
    "Press Take it on the first message of this thread to stop these reminders.": (
        "请在本消息列的首条消息上点击“认领”以停止提醒。"
    ),
    "Take it": "认领",
    "🙋 Taken by {who} at {at} (before: {old})": "🙋 {who} 已于 {at} 认领（此前 {old}）",
    "Nobody has it (given back by {who} at {at})": "无人认领（{who} 于 {at} 取消认领）",
    "🙋 {who} has it.": "🙋 {who} 已认领。",
    "🙋 {new} took this over from {old}.": "🙋 {new} 已从 {old} 接手。",
    "↩️ {who} gave this back. Nobody has it; reminders start again.": (
        "↩️ {who} 已取消认领，目前无人处理，提醒恢复。"
    ),
    "↩️ {who} gave this back. Nobody has it.": "↩️ {who} 已取消认领，目前无人处理。",
    "{who} had it": "由 {who} 处理",
    "{who}, you have it since {at}. Give it back if you cannot look at it.": (
        "{who} 于 {at} 认领。如无法处理，请取消认领。"
    ),
    "unchanged": "无变化",
    "Give back": "取消认领",
    "Take over": "接手",
    "Cancel": "返回",
    "Give it back?": "取消认领？",
    "Nobody has it then: reminders and mentions start again. The thread says who had it.": (
        "此后无人认领，提醒和提及恢复。消息列中会说明此前由谁处理。"
    ),
    "Take it over?": "接手该告警？",
    "You have it then. The thread says so and mentions who had it.": (
        "此后由您处理。消息列中会说明，并提及此前的处理人。"
    ),
    "Silence": "静默",
    "Silence…": "静默…",
    "This rule in {where}": "{where} 的本规则",
    "15 minutes": "15 分钟",
    "1 hour": "1 小时",
    "4 hours": "4 小时",
    "Until tomorrow 09:00 (your time)": "至明天 09:00（您的时区）",
    "Until this date ends (00:00)": "至当日结束（00:00）",
    "Until today ends (00:00)": "至今天结束（00:00）",
    "Until it gets worse": "直至恶化",
    "More…": "更多…",
    "rule {name}: {when}": "规则 {name}：{when}",
    "{metric} above {limit}": "{metric} 高于 {limit}",
    "{metric} below {limit}": "{metric} 低于 {limit}",
    " in {n} polls in a row": "，连续 {n} 次轮询",
    "; resolves above {limit}": "；高于 {limit} 时恢复",
    "; resolves below {limit}": "；低于 {limit} 时恢复",
    "; resolves after {n} polls in a row within the limit": "；连续 {n} 次轮询未超阈值后恢复",
}
