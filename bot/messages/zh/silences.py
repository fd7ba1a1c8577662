"""The Chinese of silences and their form."""

ZH = {
    "all alerts": "所有告警",
    "rule {rule} in all workspaces": "所有工作空间的规则 {rule}",
    "all rules in {where}": "{where} 的所有规则",
    "all alerts of project {where}": "项目 {where} 的所有告警",
    "cannot read DLF, project {where}": "项目 {where} 无法读取 DLF",
    "rule {rule} in {where}": "{where} 的规则 {rule}",
    "🔕 Silenced by {who} until {until} ({what})": "🔕 {who} 已静默至 {until}（{what}）",
    "🔕 Silenced by {who} until {until} ({what}), so nobody was mentioned": (
        "🔕 {who} 已静默至 {until}（{what}），因此未提及任何人"
    ),
    "🔕 Silenced by {who} until it gets worse than {n} ({what})": (
        "🔕 {who} 已静默，比“{n}”恶化时恢复通知（{what}）"
    ),
    '{said}: "{comment}"': "{said}：“{comment}”",
    "🔕 Was silenced by {who} until {until}.": "🔕 曾由 {who} 静默至 {until}。",
    "🔕 {who} silenced {what} until {until}": "🔕 {who} 已将 {what} 静默至 {until}",
    "🔕 {who} silenced {what} until it gets worse than {n}": "🔕 {who} 已静默 {what}，比“{n}”恶化时恢复通知",
    "🔕 silenced by {who} until {until}": "🔕 {who} 已静默至 {until}",
    "🔕 silenced by {who} until it gets worse than {n}": "🔕 {who} 已静默，比“{n}”恶化时恢复通知",
    "🔕 {what} · until {until} · {who}": "🔕 {what} · 至 {until} · {who}",
    "it gets worse": "恶化",
    "Silences in force": "生效中的静默",
    "and {n} more silence": "另有 {n} 个静默",
    "and {n} more silences": "另有 {n} 个静默",
    "{end} (silenced by {who})": "{end}（{who} 静默期间）",
    "🔔 Silence ended · {what}, since {since}": "🔔 静默结束 · {what}，{since} 起",
    "🔔 {who} ended the silence · {what}, since {since}": "🔔 {who} 已结束静默 · {what}，{since} 起",
    "🔔 Worse, so the silence ended · {what}, since {since}": "🔔 已恶化，静默结束 · {what}，{since} 起",
    "It was silenced for {span} by {who}.": "此前由 {who} 静默 {span}。",
    "🔔 Silence ended · {n} alerts still firing": "🔔 静默结束 · 仍有 {n} 个告警",
    "End silence": "结束静默",
    "End silence?": "结束静默？",
    "People are notified again about: {what}.": "将恢复以下通知：{what}。",
    "Close": "关闭",
    "🔕 Silenced until {until}: {what}. Messages stay up to date; nobody is notified.": (
        "🔕 已静默至 {until}：{what}。消息会继续更新，但不再通知。"
    ),
    "🔕 Silenced until it gets worse: {what}. Messages stay up to date; nobody is notified.": (
        "🔕 已静默，直至恶化：{what}。消息会继续更新，但不再通知。"
    ),
    "🔕 Already silenced until {until} by {who}, longer than yours. Nobody is notified until then.": (
        "🔕 {who} 已静默至 {until}，比您选择的更久，在此之前不会通知。"
    ),
    "🔕 Already silenced until it gets worse by {who}. Nobody is notified until then.": (
        "🔕 {who} 已静默，直至恶化，在此之前不会通知。"
    ),
    "This alert is already over; there is nothing to silence.": "该告警已结束，无需静默。",
    "This choice is no longer valid. Choose again.": "该选项已失效，请重新选择。",
    "This alert is no longer on record.": "该告警已无记录。",
    "Silence ended. Alerts that still fire are reported now.": "静默已结束。仍在告警的会立即通知。",
    "Silence ended. Nothing it covered is firing.": "静默已结束，其范围内没有告警。",
    "This alert is not silenced any more.": "该告警已不再静默。",
    "Silence alerts": "静默告警",
    "What": "范围",
    "Until": "截止时间",
    "Comment (optional, shown on the alert)": "备注（选填，显示在告警上）",
    "This rule here": "此处的本规则",
    "This workspace": "此工作空间",
    "This project": "此项目",
    "All alerts": "所有告警",
    "At most one week. Messages are still updated; nobody is notified. "
    "A new critical alert is still posted, without mentions.": (
        "最长一周。消息会继续更新，但不通知任何人。新的紧急告警仍会发送，但不提及任何人。"
    ),
    "Working on it. If nothing more appears here within a minute, try again.": (
        "正在处理。若一分钟内此处没有更新，请重试。"
    ),
    "Choose a time in the future.": "请选择将来的时间。",
    "At most one week: {max}.": "最长一周：{max}。",
}
