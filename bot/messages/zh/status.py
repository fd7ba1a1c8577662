"""The Chinese of the answers about workspaces, and the Home tab."""

ZH = {
    "Nothing failed or stuck": "无失败，无运行异常",
    "Nothing failed or stuck so far": "到目前为止无失败，无运行异常",
    "Nothing ran (0 instances)": "没有作业实例运行（0 个）",
    "Nothing has run yet (0 instances)": "尚无作业实例运行（0 个）",
    "If jobs should have run, check the workspace's id in the config and the schedules in DataArts.": (
        "如果本应有作业运行，请检查配置中的工作空间 ID 和 DataArts 中的调度。"
    ),
    "Status unknown": "状态未知",
    "DLF did not return: {gaps}. These counts are unknown.": ("DLF 未返回：{gaps}。这些计数未知。"),
    "No open failures; {what}": "没有未处理的失败；{what}",
    "{n} failure overridden ({how})": "强制/忽略 {n}（{how}）",
    "{n} failures overridden ({how})": "强制/忽略 {n}（{how}）",
    "{n} more failure overridden ({how})": "另有强制/忽略 {n}（{how}）",
    "{n} more failures overridden ({how})": "另有强制/忽略 {n}（{how}）",
    "{n} ({done} of {total} completed)": "{n}（已完成 {total} 个中的 {done} 个）",
    "{n} not completed": "另有 {n} 个未完成",
    "Other states: {states}": "其他状态：{states}",
    "Stuck instances wait for a person: in DataArts, open Monitor Instance (status Abnormal) "
    "and choose Manual Retry, Continue or Succeed.": (
        "运行异常的实例需人工处理：请在 DataArts“实例监控”中选择手工重试、继续执行或强制成功。"
    ),
    "Instances to confirm wait for a person: in DataArts, open Monitor Instance and choose "
    "Confirm Execution.": ("待确认的实例需人工处理：请在 DataArts“实例监控”中选择确认执行。"),
    "DLF status · {day}": "DLF 状态 · {day}",
    "No workspaces to show. Check the workspaces in the config.": (
        "没有可显示的工作空间，请检查配置中的 workspaces。"
    ),
    "no workspace to show": "没有可显示的工作空间",
    "{n} workspace": "{n} 个工作空间",
    "{n} workspaces": "{n} 个工作空间",
    "{said} in {where}": "{where}：{said}",
    "nothing failed or stuck in {total}": "{total}：无失败，无运行异常",
    "Nothing failed or stuck in {total}": "{total}：无失败，无运行异常",
    "at least {sums}": "已知{sums}",
    "At least {sums}": "已知{sums}",
    "Reading {n} workspace…": "正在读取 {n} 个工作空间…",
    "Reading {n} workspaces…": "正在读取 {n} 个工作空间…",
    "no data from {n} workspace": "{n} 个工作空间无数据",
    "No data from {n} workspace": "{n} 个工作空间无数据",
    "no data from {n} workspaces": "{n} 个工作空间无数据",
    "No data from {n} workspaces": "{n} 个工作空间无数据",
    "{where} not updated": "{where}未更新",
    "{where} not updated for {span}": "{where}已 {span}未更新",
    "as of {span} ago": "{span}前的数据",
    "{said} as of {at}, {span} ago": "{said}，截至 {at}（{span}前）",
    "success rates count completed instances only": "成功率仅计已完成的实例",
    "{n} overridden ({how})": "强制/忽略 {n}（{how}）",
    "and {n} more workspace": "另有 {n} 个工作空间",
    "and {n} more workspaces": "另有 {n} 个工作空间",
    "{more}, {n} with failures or no data": "{more}，其中 {n} 个有失败或无数据",
    "{more}, no failures known there": "{more}，均无已知失败",
    "reading…": "正在读取…",
    "updating…": "正在更新…",
    "no data: {why}": "无数据：{why}",
    "not updated: {why}": "未能更新：{why}",
    "no failures known": "已知无失败",
    "No failures known": "已知无失败",
    "nothing ran in {n} workspace": "{n} 个没有运行任何实例",
    "nothing ran in {n} workspaces": "{n} 个没有运行任何实例",
    "⏳ Still reading {n} workspace. The complete answer follows.": (
        "⏳ 还在读取 {n} 个工作空间，完整结果随后发送。"
    ),
    "⏳ Still reading {n} workspaces. The complete answer follows.": (
        "⏳ 还在读取 {n} 个工作空间，完整结果随后发送。"
    ),
    "all clear in {n} workspace": "{n} 个工作空间一切正常",
    "all clear in {n} workspaces": "{n} 个工作空间一切正常",
    "Every workspace was read. Nothing failed, nothing is stuck, no alerts.": (
        "所有工作空间均已读取：无失败、无运行异常、无告警。"
    ),
    "reason unknown": "原因不明",
    "+{n} still stuck from {date}": "另有 {date}运行异常 {n} 个尚未处理",
    "+{n} still to confirm from {date}": "另有 {date}待确认 {n} 个尚未处理",
    "{said} (as of {at})": "{said}（截至 {at}）",
    "Refresh": "刷新",
    "Firing now": "告警中",
    "{n} alert, the most urgent first": "{n} 个告警，最紧急的在前",
    "{n} alerts, the most urgent first": "{n} 个告警，最紧急的在前",
    "← Overview": "← 概览",
    "← Previous": "← 上一页",
    "Next →": "下一页 →",
    "No alerts are firing.": "当前没有告警。",
    "Alerts unknown: the database cannot be read.": "告警状态未知：无法读取数据库。",
    "Dates that DLF no longer returns": "DLF 不再返回的日期",
    "{n} alert of a date that DLF no longer returns": "DLF 不再返回 {n} 个告警的日期",
    "{n} alerts of dates that DLF no longer returns": "DLF 不再返回 {n} 个告警的日期",
    "{who} has it": "{who} 已认领",
    "nobody has it": "无人认领",
    "Workspaces": "工作空间",
    "Next digests": "即将发送的汇总",
    "No digests in the config.": "配置中没有汇总。",
    "and {n} more": "另有 {n} 个",
    "• {name}: {at}, to {channel}": "• {name}：{at}，发往 {channel}",
    "How to ask": "如何查询",
    "Type /dlf-status in any channel for current numbers, /dlf-status help for all options.": (
        "在任意频道输入 /dlf-status 查询最新数据，输入 /dlf-status help 查看全部用法。"
    ),
}
