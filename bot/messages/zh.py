"""The Chinese of every English pattern; a test finds missing and unused entries."""

ZH = {
    # counts in a sentence
    "{n} failed": "失败 {n}",
    "{n} stuck": "运行异常 {n}",
    "{n} to confirm": "待确认 {n}",
    "{n} succeeded": "成功 {n}",
    "{n} forced to success": "强制成功 {n}",
    "{n} ignored": "忽略失败 {n}",
    "{n} forced": "强制成功 {n}",
    "forced to success": "强制成功",
    "ignored": "忽略失败",
    "{n} running": "运行中 {n}",
    "{n} waiting": "等待运行 {n}",
    "{n} paused": "暂停 {n}",
    "{n} frozen": "冻结 {n}",
    "{n} skipped": "跳过 {n}",
    "{n} canceled": "取消 {n}",
    "{n} in total": "共 {n}",
    "{n} overridden": "强制/忽略 {n}",
    "failure rate {n}": "失败率 {n}",
    "success rate {n}": "成功率 {n}",
    "not returned by DLF: {names}": "DLF 未返回：{names}",
    "not returned": "未返回",
    "unknown": "未知",
    "{n} ({how})": "{n}（{how}）",
    "{what} · {said}": "{what} · {said}",
    # counts as labels
    "Failed": "失败",
    "Stuck": "运行异常",
    "To confirm": "待确认",
    "Succeeded": "成功",
    "Forced to success": "强制成功",
    "Failure ignored": "忽略失败",
    "Running": "运行中",
    "Waiting": "等待运行",
    "Paused": "暂停",
    "Frozen": "冻结",
    "Skipped": "跳过",
    "Canceled": "取消",
    "Total": "总数",
    "Overridden": "强制/忽略",
    "Failure rate": "失败率",
    "Success rate": "成功率",
    "Workspace": "工作空间",
    "Date": "日期",
    "Other states": "其他状态",
    "As of": "截至",
    # days, times, durations
    "today": "今天",
    "yesterday": "昨天",
    "the day before yesterday": "前天",
    "the last 7 days": "近 7 天",
    "{day} ({date})": "{day}（{date}）",
    "{n} s": "{n} 秒",
    "{n} min": "{n} 分钟",
    "{n} h": "{n} 小时",
    "{n} d": "{n} 天",
    # compared with the day before
    "all of yesterday: {n}": "昨天全天 {n}",
    "{delta} from the day before": "较前一天 {delta}",
    # where numbers come from
    "all users' instances": "全部用户的实例",
    "only instances of the bot's IAM user": "仅机器人 IAM 用户的实例",
    "only instances of the bot's IAM user {account}": "仅机器人 IAM 用户 {account} 的实例",
    "as of {at}": "截至 {at}",
    "read between {start} and {end}": "{start} 至 {end} 读取",
    "{what}, {said}": "{what}，{said}",
    "{n} of {total}": "{n}/{total}",
    "last tried {at} ({zone})": "最近尝试：{at}（{zone}）",
    "not read yet": "尚未读取",
    "?: not returned by DLF": "?：DLF 未返回",
    "states not listed are 0": "未列出的状态为 0",
    "(+n): change from the day before": "（+n）：较前一天的变化",
    "/dlf-status failed shows only those with failures or without data": (
        "/dlf-status failed 仅显示有失败或无数据的工作空间"
    ),
    "• add failed for the workspaces with failures or without data only": (
        "• 加 failed 仅显示有失败或无数据的工作空间"
    ),
    "ask for one workspace to see all 13 counts": "查询单个工作空间可查看全部 13 项计数",
    # one workspace
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
    # several workspaces
    "DLF status · {day}": "DLF 状态 · {day}",
    "No workspaces to show. Check the workspaces in the config.": (
        "没有可显示的工作空间，请检查配置中的 workspaces。"
    ),
    "no workspace to show": "没有可显示的工作空间",
    "{n} workspace": "{n} 个工作空间",
    "{n} workspaces": "{n} 个工作空间",
    "{said} in {where}": "{where}：{said}",
    "nothing failed or stuck in {total}": "{total}：无失败，无运行异常",
    "at least {sums}": "已知{sums}",
    "Reading {n} workspace…": "正在读取 {n} 个工作空间…",
    "Reading {n} workspaces…": "正在读取 {n} 个工作空间…",
    "no data from {n} workspace": "{n} 个工作空间无数据",
    "no data from {n} workspaces": "{n} 个工作空间无数据",
    "{where} not updated": "{where}未更新",
    "{where} not updated for {span}": "{where}已 {span}未更新",
    "as of {span} ago": "{span}前的数据",
    "{said} as of {at}, {span} ago": "{said}，截至 {at}（{span}前）",
    "success rates are of what completed": "成功率指占已完成实例",
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
    # alerts
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
    # why
    "Why?": "为何告警？",
    "Why this alert? {what}": "为何告警？{what}",
    "Rule {name}": "规则 {name}",
    "{what} ({place})": "{what}（{place}）",
    "Built-in rule: {n} failed polls of a workspace in a row": "内置规则：一个工作空间连续 {n} 次轮询失败",
    "none on record any more": "已无记录",
    "Readings": "轮询",
    "{said} (those that changed it)": "{said}（有变化的）",
    "Judged": "判定",
    "Channel": "频道",
    "Silences": "静默",
    "End": "结束",
    "below {limit} since {since}, fired {fired}. Last reading {at}: {now}.": (
        "{since} 起低于 {limit}，{fired} 触发。最近一次轮询（{at}）：{now}。"
    ),
    "above {limit} since {since}, fired {fired}. Last reading {at}: {now}.": (
        "{since} 起高于 {limit}，{fired} 触发。最近一次轮询（{at}）：{now}。"
    ),
    "{now}, tried {at}. It began {since}.": "{now}，尝试于 {at}。始于 {since}。",
    "began {since}, fired {fired}": "始于 {since}，{fired} 触发",
    "The config's limit is {limit} now.": "配置中的阈值现为 {limit}。",
    "{channel}, which the rule names": "{channel}，由规则指定",
    "{channel}, which the workspace names": "{channel}，由工作空间指定",
    "{channel}, the default, as neither rule nor workspace names one": (
        "{channel}，默认频道，规则和工作空间均未指定"
    ),
    "{what} · mentions {names}": "{what} · 提及 {names}",
    "it is covered by\n{said}": "已覆盖：\n{said}",
    "none covers it": "无",
    "none covers it. Nearest ({reason}): {said}": "无。最接近（{reason}）：{said}",
    "it has ended": "已结束",
    "it is about another rule": "规则不同",
    "it is about another workspace": "工作空间不同",
    "The rule is not in the config any more.": "该规则已不在配置中。",
    "The workspace is not in the config any more.": "该工作空间已不在配置中。",
    "The project is not in the config any more.": "该项目已不在配置中。",
    "In the config of now the rule does not watch this workspace.": (
        "按现在的配置，该规则不监控此工作空间。"
    ),
    "In the config of now the rule has another metric or direction.": (
        "按现在的配置，该规则指标或方向不同。"
    ),
    "In the config of now the project has another time zone.": "按现在的配置，该项目的时区不同。",
    "In the config of now this name stands for another workspace.": (
        "按现在的配置，此名称指向另一工作空间。"
    ),
    "Over since {at}: the limit was kept.": "{at} 已结束：恢复到阈值以内。",
    "Over since {at}: its day ended.": "{at} 已结束：当日结束。",
    "Over since {at}: DLF no longer tells its date.": "{at} 已结束：DLF 不再提供其日期。",
    "Closed at {at}: the config was edited.": "{at} 已关闭：配置被修改。",
    "The bot closes it; no reading will.": "不会因轮询而结束：机器人会将其关闭。",
    "When every workspace of the project can be read again.": "项目的所有工作空间都能重新读取时结束。",
    "When the bot judges it anew.": "机器人重新判定时结束。",
    "At the first reading with {good}.": "首次读到 {good} 时结束。",
    "After {n} readings in a row with {good}; so far {clears}.": (
        "连续 {n} 次读到 {good} 后结束，目前 {clears} 次。"
    ),
    "{metric} at least {limit}": "{metric} 不低于 {limit}",
    "{metric} at most {limit}": "{metric} 不高于 {limit}",
    "Otherwise with its date, at 00:00.": "否则在当日 00:00 随日期结束。",
    "Next reading {at}.": "下次读取 {at}。",
    # silences
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
    '{said} "{comment}"': "{said} “{comment}”",
    "🔕 Was silenced by {who} until {until}.": "🔕 曾由 {who} 静默至 {until}。",
    "🔕 {who} silenced {what} until {until}.": "🔕 {who} 已将 {what} 静默至 {until}。",
    "🔕 {who} silenced {what} until it gets worse than {n}.": (
        "🔕 {who} 已静默 {what}，比“{n}”恶化时恢复通知。"
    ),
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
    # the jobs that an alert names
    "{n} job: {names}": "{n} 个作业：{names}",
    "{n} jobs: {names}": "{n} 个作业：{names}",
    "First error, {job} / node {node}: {error}": "首个错误，{job}／节点 {node}：{error}",
    "owner: {names}": "责任人：{names}",
    "owners: {names}": "责任人：{names}",
    "critical": "紧急",
    "warning": "重要",
    "info": "提示",
    "{who}, you own {names}.": "{who}，您是 {names} 的责任人。",
    "Open in DataArts": "在 DataArts 中打开",
    "Runbook": "处理手册",
    "First error, {job}: {error}": "首个错误，{job}：{error}",
    # jobs
    "Which jobs?": "哪些作业？",
    "Details": "详情",
    "Page {n} of {all}": "第 {n} 页，共 {all} 页",
    "← All jobs": "← 全部作业",
    "← Newer": "← 较新",
    "Older →": "较旧 →",
    "started {at}": "{at} 开始",
    "DLF gives no error text.": "DLF 未提供错误信息。",
    "The rest of the error is cut off.": "错误的其余部分已截断。",
    "Newest error": "最近的错误",
    "only you see this": "仅您可见",
    "Reading from DLF… If nothing more appears here within a minute, try again.": (
        "正在读取 DLF……若一分钟内没有更多内容，请重试。"
    ),
    "Jobs of {where}: {date}": "{where} 的作业：{date}",
    "{what}: {n} listed": "{what}：列出 {n}",
    "{what}: {n} listed of {total} counted": "{what}：列出 {n}，计数 {total}",
    "DLF has more than it lists at once.": "DLF 一次未能全部列出。",
    "Entries of DLF's list that could not be read: {n}.": "DLF 列表中有 {n} 条无法读取。",
    "{n} more of earlier dates started on this date.": "另有 {n} 个更早日期的实例在该日期启动。",
    "DLF counts real-time jobs and lists none of them; the count may be some minutes old.": (
        "DLF 计入实时作业但不列出它们；计数可能是几分钟前的。"
    ),
    "new": "新出现",
    "since {since}, {n} of {days} days": "{since} 起，{days} 天中有 {n} 天",
    "node {names}": "节点 {names}",
    "planned for {at}": "计划时间 {at}",
    "took {span}": "耗时 {span}",
    "took {span}, usually {usual}": "耗时 {span}，通常 {usual}",
    "owner {name}": "责任人 {name}",
    "holds up {n} instance": "阻塞 {n} 个实例",
    "holds up {n} instances": "阻塞 {n} 个实例",
    "error: {error}": "错误：{error}",
    "• /dlf-jobs [workspace] [day] lists the jobs that failed or are stuck, only for you": (
        "• /dlf-jobs [工作空间] [日期]：列出失败和运行异常的作业，仅您可见"
    ),
    # digests
    "digest {name}, {at}": "汇总 {name}，{at}",
    "{first} to {last}": "{first} 至 {last}",
    "no data from some of them on {n} date": "其中 {n} 天有工作空间无数据",
    "no data from some of them on {n} dates": "其中 {n} 天有工作空间无数据",
    "covers every date since the last one ({date})": "覆盖上一次汇总（{date}）之后的所有日期",
    "Not in this digest: {dates}. It covers {n} dates at most.": "未包含：{dates}。一次最多覆盖 {n} 天。",
    "as of {at}: {why}": "截至 {at}：{why}",
    "the bot was not running or could not read DLF": "机器人未运行或无法读取 DLF",
    "the bot was not running or could not read DLF, which no longer returns this date": (
        "机器人未运行或无法读取 DLF，DLF 已不再返回该日期"
    ),
    "In the workspaces read: {line}": "已读取的工作空间：{line}",
    "failed {compare}": "失败{compare}",
    "{n} alert:": "{n} 个告警：",
    "{n} alerts:": "{n} 个告警：",
    "• {where}, {rule}: peak {peak}, {end}": "• {where}，{rule}：峰值 {peak}，{end}",
    "and {n} more alert": "以及另外 {n} 个告警",
    "and {n} more alerts": "以及另外 {n} 个告警",
    "still firing": "仍在告警",
    "resolved after {span}": "{span}后恢复",
    "{n} when the day ended": "当日结束时 {n}",
    "later corrected to {n}": "后更正为 {n}",
    "not resolved when DLF stopped returning that date": "DLF 不再返回该日期时仍未恢复",
    "closed: the rule was removed from the config": "已关闭：规则已从配置中删除",
    "closed: the workspace was removed from the config": "已关闭：工作空间已从配置中删除",
    "closed: the rule no longer watches this workspace": "已关闭：规则不再监控该工作空间",
    "closed: the rule was changed": "已关闭：规则已修改",
    "closed: the project's time zone was changed": "已关闭：项目时区已修改",
    "closed: this name now stands for another workspace": "已关闭：该名称已指向另一个工作空间",
    "By day": "按日",
    "not in the chart (counts missing): {days}": "未绘制（缺少计数）：{days}",
    "Jobs that failed or are stuck in {where}, {date}:": "{where} 失败或运行异常的作业，{date}：",
    # the Home tab
    "Refresh": "刷新",
    "Firing now": "告警中",
    "No alerts are firing.": "当前没有告警。",
    "Alerts unknown: the database cannot be read.": "告警状态未知：无法读取数据库。",
    "Dates that DLF no longer returns": "DLF 不再返回的日期",
    "{n} alert of a date that DLF no longer returns": "{n} 个告警的日期 DLF 不再返回",
    "{n} alerts of dates that DLF no longer returns": "{n} 个告警的日期 DLF 不再返回",
    "{who} has it": "{who} 已认领",
    "nobody has it": "无人认领",
    "Workspaces": "工作空间",
    "Next digests": "即将发送的汇总",
    "No digests in the config.": "配置中没有汇总。",
    "and {n} more": "以及另外 {n} 个",
    "• {name}: {at}, to {channel}": "• {name}：{at}，发往 {channel}",
    "How to ask": "如何查询",
    "Type /dlf-status in any channel for current numbers, /dlf-status help for all options.": (
        "在任意频道输入 /dlf-status 查询最新数据，输入 /dlf-status help 查看全部用法。"
    ),
    # notes
    "⏱️ Sent {span} late. The times above are when it happened.": "⏱️ 延迟 {span} 发送，以上为实际发生时间",
    "♻️ possible repeat: Slack did not confirm the first attempt": (
        "♻️ 可能重复：Slack 未确认首次发送是否成功"
    ),
    "🧪 Test message: nothing is wrong": "🧪 测试消息，并无异常",
    "Counts of job instances in Huawei Cloud DataArts Factory.": (
        "华为云数据开发（DataArts Factory）的作业实例计数。"
    ),
    "• /dlf-status: today, in this channel's workspaces": "• /dlf-status：今天，本频道的所有工作空间",
    "• /dlf-status yesterday (or before_yesterday, all) [workspace …]": (
        "• /dlf-status yesterday（或 before_yesterday、all）[工作空间 …]"
    ),
    "• add own for only the instances of the bot's IAM user, share to show the answer to everybody "
    "in the channel": ("• 加 own 仅看机器人 IAM 用户的实例，加 share 让所有人看到回复"),
    "• all is the last 7 days, as DLF counts them": "• all 是 DLF 统计的近 7 天",
    '• one workspace alone shows all 13 counts; stuck is "Abnormal" in DataArts and waits for a person': (
        "• 只写一个工作空间时显示全部 13 项计数；运行异常的实例需人工处理"
    ),
    "• overridden means failed, then forced to success by a person or ignored by the job's policy": (
        "• 强制/忽略指失败后由人工强制成功，或由作业策略忽略"
    ),
    "• counts include real-time jobs, which DataArts does not list under Monitor Instance": (
        "• 计数包含实时作业，而 DataArts 的“实例监控”不包含"
    ),
    "📣 Posted on request of {who}": "📣 应 {who} 要求发送",
    "Digests: {names}": "汇总：{names}",
    "• /dlf-digest name: shows it as it is now, only to you (the name may be left out if there is "
    "only one)": ("• /dlf-digest 名称：预览现在的汇总，仅您可见（只有一个时可省略名称）"),
    "• /dlf-digest name post: posts it in its channel now; the scheduled one still comes": (
        "• /dlf-digest 名称 post：立即发送到其频道，定时汇总照常发送"
    ),
    "• see also /dlf-digest help": "• 另见 /dlf-digest help",
    "Nothing was done": "未执行任何操作",
    "This form is from an older version: nothing was done. Use the buttons of a newer message.": (
        "此表单来自旧版本，未执行任何操作。请使用较新消息中的按钮。"
    ),
    "Only the bot's admins can do this.": "只有机器人管理员可以执行此操作。",
    "They are listed under slack.admins in the config.": "管理员列在配置的 slack.admins 中。",
    "⏳ Reading {n} workspace… The answer follows.": "⏳ 正在读取 {n} 个工作空间，结果随后发送。",
    "⏳ Reading {n} workspaces… The answer follows.": "⏳ 正在读取 {n} 个工作空间，结果随后发送。",
    "⚠️ Cannot post in {channel}. Its messages are kept and will be sent once this is fixed.": (
        "⚠️ 无法在 {channel} 发送消息。消息已保留，修复后会补发。"
    ),
    "Slack's error: {code}": "Slack 错误：{code}",
    "retried from time to time": "会不时重试",
    "The channel does not exist, or it is private and the bot is not in it. Check the id, or type "
    "/invite @dlf-bot there.": (
        "频道不存在，或为私有频道且机器人未加入。请检查频道 ID，或在该频道输入 /invite @dlf-bot。"
    ),
    "The bot is not in this channel. Type /invite @dlf-bot there.": (
        "机器人未加入该频道，请在其中输入 /invite @dlf-bot。"
    ),
    "The channel is archived. Unarchive it, or name another one in the config.": (
        "该频道已归档，请取消归档或在配置中更换频道。"
    ),
    "This Slack workspace does not allow the bot to post there. Ask a Slack administrator.": (
        "此 Slack 工作区的设置禁止机器人在该频道发言，请联系 Slack 管理员。"
    ),
    # many alerts in one message
    "{n} firing": "告警中 {n}",
    "{n} of these taken": "其中已认领 {n}",
    "{n} of these silenced": "其中已静默 {n}",
    "{n} resolved": "已恢复 {n}",
    "{n} still firing when the day ended": "当日结束时仍在告警 {n}",
    "{n} of a date that DLF no longer returns": "日期 DLF 不再返回 {n}",
    "{n} closed by an edit of the config": "因配置修改而关闭 {n}",
    "{n} over before their message could be sent": "消息发出前已结束 {n}",
    "{n} with a message of its own": "单独发送 {n}",
    "⏹️ Closed · {what}": "⏹️ 已关闭 · {what}",
    "and {n} more: the Home tab lists all": "以及另外 {n} 个：主页标签列出全部",
    "all {n} workspaces, rule {rule}": "全部 {n} 个工作空间，规则 {rule}",
    "{where} beyond the limit of rule {rule} ({limit})": "{where}超过规则 {rule} 的阈值 {limit}",
    "{n} of {total} workspaces of {project}": "{project} 的 {n}/{total} 个工作空间",
    "This rule fires in {where}.": "该规则正在告警：{where}。",
    "since {since}": "{since} 起",
    "taken": "已认领",
    "silenced": "已静默",
    "Since": "开始时间",
    "State": "状态",
    "🙋 Taken by {who}": "🙋 认领人：{who}",
    "📈 Worse · {where}": "📈 恶化 · {where}",
    "❔ Closed, not resolved · {where}": "❔ 已关闭，未恢复 · {where}",
    "🔔 Silence ended · {where} still firing": "🔔 静默结束 · {where}仍在告警",
    "🔁 Still firing · {where} for {span}": "🔁 仍在告警 · {where}，已持续 {span}",
    "🔁 Still firing, unchanged · {where} for {span}": "🔁 仍在告警，无变化 · {where}，已持续 {span}",
    "↩️ Given back, nobody has it · {where}": "↩️ 已取消认领，无人认领 · {where}",
    "🙋 Taken over · {where}": "🙋 已接手 · {where}",
    "🙋 Taken · {where}": "🙋 已认领 · {where}",
    "🌙 Day over, not resolved · {where}": "🌙 当日结束，未恢复 · {where}",
    "✅ Resolved · {where}": "✅ 已恢复 · {where}",
    "⏹️ Closed · {where}": "⏹️ 已关闭 · {where}",
    "{n} of {total} still firing": "{n}/{total} 仍在告警",
    "Take all": "全部认领",
    "Silence rule…": "静默该规则…",
    "This rule in all workspaces": "该规则，所有工作空间",
    "Act on one…": "处理其中一个…",
    "All {n}…": "全部 {n} 个…",
    "Rule {rule}: {n} firing, the worst first": "规则 {rule}：{n} 个告警，最严重的在前",
    "← Worse": "← 更严重",
    "Less bad →": "较轻 →",
    "Press Take all on the first message of this thread to stop these reminders.": (
        "在此消息列的首条消息上点击“全部认领”可停止提醒。"
    ),
    # answers to typed text and pressed buttons
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
    "Only an alert that DLF no longer tells can be marked done.": (
        "只有 DLF 不再提供其日期的告警才能标记为已处理。"
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
    # DLF's problems
    # what happened
    "DLF does not accept the credentials ({answer}).": "DLF 拒绝了认证信息（{answer}）。",
    "The bot's user may not read this workspace ({answer}).": (
        "机器人的 IAM 用户无权访问该工作空间（{answer}）。"
    ),
    "The project is not available to the bot's user ({answer}).": (
        "机器人的 IAM 用户无法使用该项目（{answer}）。"
    ),
    "DLF has no such address here ({answer}).": "该终端节点没有 DLF API（{answer}）。",
    "DLF does not take the question for this workspace ({answer}).": "DLF 不接受该工作空间 ID（{answer}）。",
    "The request is too large for {service}'s gateway ({answer}).": (
        "请求过大，{service} 网关拒绝接收（{answer}）。"
    ),
    "DLF does not let this machine's address in ({answer}).": "华为云禁止本机 IP 访问（{answer}）。",
    "The account may not ask any more: quota used up or account frozen ({answer}).": (
        "账号配额已用尽或账号已冻结（{answer}）。"
    ),
    "The proxy requires a login ({answer}).": "代理需要登录（{answer}）。",
    "The proxy requires a login.": "代理需要登录。",
    "{service}'s address answered with a redirect, which is never followed ({answer}).": (
        "{service} 终端节点返回重定向，机器人不会跟随（{answer}）。"
    ),
    "{service}'s address answered neither with counts nor with an error ({answer}).": (
        "{service} 终端节点既未返回计数也未返回错误（{answer}）。"
    ),
    "{service} is being asked too often ({answer}).": "{service} 正在限流（{answer}）。",
    "{service} is in trouble ({answer}).": "{service} 暂时不可用（{answer}）。",
    "{service} does not take the question ({answer}).": "{service} 拒绝了请求（{answer}）。",
    "DLF does not know this instance any more ({answer}).": "DLF 已没有该实例（{answer}）。",
    "IAM does not accept the login ({answer}).": "IAM 拒绝登录（{answer}）。",
    "The IAM user may not log in by program ({answer}).": "该 IAM 用户没有编程访问权限（{answer}）。",
    "IAM does not take the login ({answer}).": "IAM 拒绝登录请求（{answer}）。",
    "DLF did not accept the access key when another process of the bot tried it lately.": (
        "不久前机器人的另一进程使用该访问密钥时被 DLF 拒绝。"
    ),
    "DLF does not accept the signature: this machine's clock is more than 15 minutes off.": (
        "DLF 拒绝了签名：本机时间偏差超过 15 分钟。"
    ),
    "DLF gave no answer within {n} seconds.": "DLF 在 {n} 秒内未响应。",
    "DLF's clock and the bot's are more than a day apart.": "DLF 与机器人的时间相差超过一天。",
    "There was no turn at DLF in time: too much is being asked at the pace allowed.": (
        "请求排队超时：查询量超过了限速。"
    ),
    "IAM accepted the login but gave no token.": "IAM 接受了登录但未返回 Token。",
    "IAM did not answer the login in time.": "IAM 登录响应超时。",
    "The value for the header {name} has characters that cannot be sent.": (
        "请求头 {name} 的值含有无法发送的字符。"
    ),
    "The TLS certificate or protocol of {host} is not trusted.": "{host} 的 TLS 证书或协议不受信任。",
    "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.": (
        "无法读取 SSL_CERT_FILE 或 SSL_CERT_DIR 指定的证书。"
    ),
    "The environment names a proxy that cannot be used.": "环境变量指定的代理无法使用。",
    "The name {host} cannot be found.": "无法解析主机名 {host}。",
    "The proxy could not connect to {host} (HTTP {status}).": "代理无法连接 {host}（HTTP {status}）。",
    "The proxy for {host} cannot be connected to.": "无法连接 {host} 的代理。",
    "{host} broke the connection off.": "{host} 中断了连接。",
    "{host} cannot be connected to.": "无法连接 {host}。",
    "{host} did not answer in time.": "{host} 响应超时。",
    "{host} does not speak HTTP as DLF does.": "{host} 返回的不是有效的 HTTP。",
    "The connection to {host} broke.": "与 {host} 的连接失败。",
    "The endpoint": "终端节点",
    "The jobs_endpoint": "jobs_endpoint",
    "The endpoint is not an address that can be asked.": "终端节点不是有效的 URL。",
    "The jobs_endpoint is not an address that can be asked.": "jobs_endpoint 不是有效的 URL。",
    "What DLF's address answered is not a list of jobs: {reason}.": (
        "DLF 终端节点返回的不是作业列表：{reason}。"
    ),
    "What DLF's address answered is not job counts: {reason}.": "DLF 终端节点返回的不是作业计数：{reason}。",
    "DLF's answer lacks {counts}: {rules} cannot be judged.": "DLF 未返回 {counts}，无法判断规则 {rules}。",
    "DLF has not answered since": "DLF 此后未响应",
    # why an answer cannot be read
    "it announces more than {n} MiB": "声明的大小超过 {n} MiB",
    "it has no list of dependents": "没有下游实例列表",
    "it has no list of instances": "没有实例列表",
    "it has no list of jobs": "没有作业列表",
    "it has no list of nodes": "没有节点列表",
    "it has none of the 13 counts": "没有 13 项计数中的任何一项",
    "it is JSON cut off or damaged": "JSON 被截断或损坏",
    "it is JSON, but not an object": "是 JSON，但不是对象",
    "it is a web page": "是网页",
    "it is compressed in a way nobody asked for": "使用了未请求的压缩方式",
    "it is empty": "内容为空",
    "it is gzip cut off or damaged": "gzip 被截断或损坏",
    "it is labelled gzip and is not": "标为 gzip 但并不是",
    "it is labelled with a character set that JSON does not have": "标注的字符集不适用于 JSON",
    "it is larger than {n} MiB": "超过 {n} MiB",
    "it is nested too deeply": "嵌套过深",
    "it is not JSON": "不是 JSON",
    "it is not JSON (NaN or Infinity)": "不是 JSON（含 NaN 或 Infinity）",
    "it is not UTF-8 text": "不是 UTF-8 文本",
    "it names one field twice": "有重复的字段",
    "{name} is impossibly large": "{name} 大得不可能",
    "{name} is negative": "{name} 为负数",
    "{name} is not a whole number": "{name} 不是整数",
    # what it means
    "DLF cannot be asked without one.": "没有 Token 无法读取 DLF。",
    "Nobody can tell which day the counts belong to; they are not taken.": (
        "无法判断计数属于哪一天，因此不予采用。"
    ),
    "Nothing was asked.": "未发送任何内容。",
    "Nothing was sent, to keep the credentials safe.": "为保护认证信息，未发送任何内容。",
    "The bot tries them again only now and then, so that they are not locked.": (
        "为避免密钥被锁定，机器人已降低重试频率。"
    ),
    "The counts are not known now.": "暂时无法获取计数。",
    "The counts are not known now; the same question may be answered later.": (
        "暂时无法获取计数，稍后可能恢复。"
    ),
    "The counts are not known; nothing is assumed about them.": "计数未知。",
    "The counts cannot be read until this is put right.": "修复之前无法获取计数。",
    "Which jobs it was is not known now.": "暂时无法得知是哪些作业。",
    # what to do
    "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.": (
        "请检查 HTTPS_PROXY、NO_PROXY 以及代理的放行规则。"
    ),
    "Check HTTPS_PROXY, NO_PROXY, and whether the proxy is up.": (
        "请检查 HTTPS_PROXY、NO_PROXY 以及代理是否在运行。"
    ),
    "Check `iam_endpoint`; a proxy may answer in IAM's place or drop long headers.": (
        "请检查 `iam_endpoint`，可能是代理在应答或丢弃了过长的请求头。"
    ),
    "Check `project_id`, `domain` and `iam_endpoint` in the YAML.": (
        "请检查配置中的 `project_id`、`domain` 和 `iam_endpoint`。"
    ),
    "Check `project_id`, the workspace's `id` and the endpoint; Huawei's support knows the code.": (
        "请检查 `project_id`、工作空间的 `id` 和终端节点；若无误，请将错误码提供给华为云技术支持。"
    ),
    "Check `project_id`, the workspace's `id` and jobs_endpoint; Huawei's support knows the code.": (
        "请检查 `project_id`、工作空间的 `id` 和 jobs_endpoint；若无误，请将错误码提供给华为云技术支持。"
    ),
    "Check `region`, `endpoint` and `project_id`; the V2 host begins with `dayu.`.": (
        "请检查 `region`、`endpoint` 和 `project_id`，主机名应以 `dayu.` 开头。"
    ),
    "Check `region`, `jobs_endpoint` and `project_id`; the lists' host begins with `dayu-dlf.`.": (
        "请检查 `region`、`jobs_endpoint` 和 `project_id`，主机名应以 `dayu-dlf.` 开头。"
    ),
    "Check `username`, `password` and `domain` in the YAML.": (
        "请检查配置中的 `username`、`password` 和 `domain`。"
    ),
    "Check the account's quota and bills on Huawei Cloud.": "请在华为云控制台检查配额和费用。",
    "Check the endpoint, and whether a proxy or another server answers in DLF's place.": (
        "请检查终端节点，可能是代理或其他服务器在应答。"
    ),
    "Check jobs_endpoint, and whether a proxy or another server answers in DLF's place.": (
        "请检查 jobs_endpoint，可能是代理或其他服务器在应答。"
    ),
    "Check the endpoint.": "请检查终端节点。",
    "Check jobs_endpoint.": "请检查 jobs_endpoint。",
    "Check the endpoint: its port and http or https.": "请检查终端节点的端口以及 http/https。",
    "Check jobs_endpoint: its port and http or https.": "请检查 jobs_endpoint 的端口以及 http/https。",
    "Check the endpoint; a login page may stand in front of it.": "请检查终端节点，前面可能有登录页。",
    "Check jobs_endpoint; a login page may stand in front of it.": "请检查 jobs_endpoint，前面可能有登录页。",
    "Check the project's `auth`, `region` and `project_id` in the YAML, and this machine's clock.": (
        "请检查配置中的 `auth`、`region`、`project_id` 以及本机时间。"
    ),
    "Check the workspace's `id`, `project_id` and `region`.": (
        "请检查工作空间的 `id` 以及 `project_id` 和 `region`。"
    ),
    "Check `project_id` and `region`.": "请检查 `project_id` 和 `region`。",
    "Check {setting}, and this machine's DNS.": "请检查 {setting} 以及本机 DNS。",
    "Check {setting}. Behind a company proxy, set SSL_CERT_FILE to its CA certificate.": (
        "请检查 {setting}。如使用公司代理，请将 SSL_CERT_FILE 指向公司的 CA 证书。"
    ),
    "Correct it in the YAML.": "请在配置中更正。",
    "Correct the variable or unset it.": "请更正或取消该环境变量。",
    "Give it DAYU User with a role in the workspace (viewer is enough).": (
        "请授予 DAYU User，并在工作空间中添加角色（访客即可）。"
    ),
    "Give it DAYU User with a role in the workspace (viewer is enough, deployer is not).": (
        "请授予 DAYU User，并在工作空间中添加角色（访客即可，部署者不行）。"
    ),
    "Give it programmatic access on Huawei Cloud.": "请在华为云为其开启编程访问。",
    "If it stays, check the endpoint, and whether a proxy or a login page answers instead.": (
        "若持续出现，请检查终端节点，可能是代理或登录页在应答。"
    ),
    "If it stays, check jobs_endpoint, and whether a proxy or a login page answers instead.": (
        "若持续出现，请检查 jobs_endpoint，可能是代理或登录页在应答。"
    ),
    "Look for line breaks or foreign letters in the ids and credentials of the YAML.": (
        "请检查配置中的 ID 和认证信息是否有换行或非 ASCII 字符。"
    ),
    "Look for the job in DataArts Factory.": "请在 DataArts Factory 中查找该作业。",
    "Lower `requests_per_second` if it stays; others may share the user.": (
        "若持续出现，请调低 `requests_per_second`；可能有其他程序共用该 IAM 用户。"
    ),
    "Permit its IP address on Huawei Cloud.": "请在华为云放行该 IP 地址。",
    "Put user and password into HTTPS_PROXY: http://user:password@host:port.": (
        "请在 HTTPS_PROXY 中填写用户名和密码：http://user:password@host:port。"
    ),
    "Set HTTPS_PROXY to http://host:port, or name {host} in NO_PROXY.": (
        "请将 HTTPS_PROXY 设为 http://host:port，或在 NO_PROXY 中加入 {host}。"
    ),
    "Set the clock (NTP); the bot tries again after a rest (5 min, later 1 h).": (
        "请校准时间（NTP），机器人将在 5 分钟后重试，之后每小时重试。"
    ),
    "Set the clocks of this machine and of the database (NTP). If both are "
    "right, look what answers at the endpoint.": (
        "请校准本机和数据库的时间（NTP）。若都正确，请检查终端节点上是什么在应答。"
    ),
    "Set the clocks of this machine and of the database (NTP). If both are "
    "right, look what answers at jobs_endpoint.": (
        "请校准本机和数据库的时间（NTP）。若都正确，请检查 jobs_endpoint 上是什么在应答。"
    ),
    "The bot asks again; check the network if it stays.": "机器人会继续重试；若持续出现，请检查网络。",
    "The bot asks again; if it stays, check network, endpoint and `requests_per_second`.": (
        "机器人会继续重试；若持续出现，请检查网络、终端节点和 `requests_per_second`。"
    ),
    "The bot asks again; if it stays, check network, jobs_endpoint and `requests_per_second`.": (
        "机器人会继续重试；若持续出现，请检查网络、jobs_endpoint 和 `requests_per_second`。"
    ),
    "The bot asks again; see Huawei Cloud's status page if it stays.": (
        "机器人会继续重试；若持续出现，请查看华为云服务状态。"
    ),
    "Try again; if it stays, ask for fewer workspaces or raise `poll_every`.": (
        "请重试；若持续出现，请减少查询的工作空间或调大 `poll_every`。"
    ),
    "Try again; if it stays, check network and endpoint.": "请重试；若持续出现，请检查网络和终端节点。",
    "Try again; if it stays, check network and jobs_endpoint.": (
        "请重试；若持续出现，请检查网络和 jobs_endpoint。"
    ),
    "Use an access key instead of a long token.": "请改用访问密钥（AK/SK）。",
    "region and endpoint in the YAML": "配置中的 region 和 endpoint",
    "region and jobs_endpoint in the YAML": "配置中的 region 和 jobs_endpoint",
}
