"""The Chinese of the reasons of an alert."""

ZH = {
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
}
