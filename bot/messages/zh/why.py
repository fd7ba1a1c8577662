"""The Chinese of the reasons of an alert."""

ZH = {
    "Why?": "为何告警？",
    "Why this alert? {what}": "为何告警？{what}",
    "Rule {name}": "规则 {name}",
    "{what} ({place})": "{what}（{place}）",
    "Built-in rule: {n} failed polls of a workspace in a row": "内置规则：一个工作空间连续 {n} 次轮询失败",
    "none on record any more": "已无记录",
    "Polls": "轮询",
    "{said} (changes only)": "{said}（仅列变化）",
    "Judged": "判定",
    "Channel": "频道",
    "Silences": "静默",
    "End": "结束",
    "below {limit} since {since}, fired {fired}. Last poll {at}: {now}.": (
        "{since} 起低于 {limit}，{fired} 触发。最近一次轮询（{at}）：{now}。"
    ),
    "above {limit} since {since}, fired {fired}. Last poll {at}: {now}.": (
        "{since} 起高于 {limit}，{fired} 触发。最近一次轮询（{at}）：{now}。"
    ),
    "{now} since {since}, last tried {at}": "{since} 起{now}，最近尝试 {at}",
    "began {since}, fired {fired}": "始于 {since}，{fired} 触发",
    "The limit in the config is {limit} now.": "配置中的阈值现为 {limit}。",
    "{channel}, which the rule names": "{channel}，由规则指定",
    "{channel}, which the workspace names": "{channel}，由工作空间指定",
    "{channel}, the default channel": "{channel}，默认频道",
    "{what} · mentions {names}": "{what} · 提及 {names}",
    "it is covered by\n{said}": "已覆盖：\n{said}",
    "none covers it": "无",
    "none covers it. Nearest ({reason}): {said}": "无。最接近（{reason}）：{said}",
    "it ended": "已结束",
    "other rule": "规则不同",
    "other workspace": "工作空间不同",
    "The rule is not in the config any more.": "该规则已不在配置中。",
    "The workspace is not in the config any more.": "该工作空间已不在配置中。",
    "The project is not in the config any more.": "该项目已不在配置中。",
    "In the current config the rule does not watch this workspace.": "按当前配置，该规则不监控此工作空间。",
    "In the current config the rule has another metric or direction.": "按当前配置，该规则的指标或方向不同。",
    "In the current config the project has another time zone.": "按当前配置，该项目的时区不同。",
    "In the current config this name stands for another workspace.": "按当前配置，此名称指向另一个工作空间。",
    "Resolved at {at}, back within the limit.": "{at} 已恢复到阈值以内。",
    "Ended at {at} with its day, not resolved.": "{at} 随当日结束，未恢复。",
    "Closed at {at}, not resolved. DLF no longer returns its date.": (
        "{at} 已关闭，未恢复。DLF 不再返回其日期。"
    ),
    "Closed at {at} because the config was edited.": "{at} 因配置修改而关闭。",
    "The bot closes it soon, because the config was edited.": "配置已修改，机器人即将将其关闭。",
    "It resolves when every workspace of the project can be read again.": (
        "项目的所有工作空间都能重新读取时恢复。"
    ),
    "It is checked again at the next poll.": "下次轮询时重新判定。",
    "It resolves at the first poll with {good}.": "首次轮询到 {good} 时恢复。",
    "It resolves after {n} polls in a row with {good}; so far {clears}.": (
        "连续 {n} 次轮询 {good} 后恢复，目前 {clears} 次。"
    ),
    "{metric} at least {limit}": "{metric} 不低于 {limit}",
    "{metric} at most {limit}": "{metric} 不高于 {limit}",
    "Otherwise it ends with its date at 00:00.": "否则在当日 00:00 随日期结束。",
    "Next poll {at}.": "下次轮询 {at}。",
}
