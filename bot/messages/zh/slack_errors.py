"""The Chinese of Slack's errors: what happened, and the cures of Slack's codes."""

ZH = {
    "Slack refused {method}: {code}.": "Slack 拒绝了 {method}：{code}。",
    "Slack refused {method}: {code}. The token lacks the scope {needed}.": (
        "Slack 拒绝了 {method}：{code}。Token 缺少权限范围 {needed}。"
    ),
    "It is unknown whether Slack carried out {method}: {code}.": (
        "无法确认 Slack 是否已执行 {method}：{code}。"
    ),
    "A proxy or gateway in front of Slack refused {method}: {code}.": (
        "Slack 前面的代理或网关拒绝了 {method}：{code}。"
    ),
    "Slack could not be reached ({method}).": "无法连接 Slack（{method}）。",
    "Slack could not be reached in time ({method}); nothing was sent.": (
        "连接 Slack 超时（{method}），未发送任何内容。"
    ),
    "Slack's host": "Slack 主机",
    "Slack accepts no more answers to this command (5 in 30 min).": (
        "此命令的回复次数已用完（30 分钟内 5 次）。"
    ),
    "The response_url does not lead to Slack.": "response_url 不指向 Slack。",
    "The bot is stopping: {method} was not sent.": "机器人正在停止，未发送 {method}。",
    "slack.bot_token belongs to another {name} than slack.{name} ({wanted}).": (
        "slack.bot_token 不属于 slack.{name}（{wanted}），而属于另一个 {name}。"
    ),
    "Nothing is posted.": "不会发送任何消息。",
    "Use the token of {wanted}, or correct slack.{name}.": (
        "请使用 {wanted} 的 Token，或更正 slack.{name}。"
    ),
    "slack.bot_token is for a whole organization; channels and groups are looked up in one workspace.": (
        "slack.bot_token 属于整个组织，而频道和用户组须在一个工作区中查找。"
    ),
    "Set slack.team to one of {some}.": "请将 slack.team 设为 {some} 之一。",
    "Add the app to a Slack workspace.": "请将应用添加到 Slack 工作区。",
    "No channel that the bot can see is called {name} ({code}).": (
        "机器人可见的频道中没有 {name}（{code}）。"
    ),
    'No channel that the bot can see is called {name} ({code}). Did you mean "#{meant}"?': (
        "机器人可见的频道中没有 {name}（{code}）。是否指 #{meant}？"
    ),
    "A private channel must invite the bot first.": "私有频道须先邀请机器人。",
    "A private channel is found by name only with the scope groups:read; an id needs none.": (
        "按名称查找私有频道需要权限范围 groups:read；使用 ID 则不需要。"
    ),
    "The channel does not exist, or it is private and the bot is not in it. Check the id, or "
    "type /invite @dlf-bot there.": (
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
    "Add the scope under OAuth & Permissions and reinstall the app.": (
        "请在 OAuth & Permissions 中添加权限范围并重新安装应用。"
    ),
    "Check slack.bot_token; reinstall the app if the token was rotated.": (
        "请检查 slack.bot_token；若 Token 已轮换，请重新安装应用。"
    ),
    "Set slack.bot_token.": "请设置 slack.bot_token。",
    "Reinstall the app and put the new token into slack.bot_token.": (
        "请重新安装应用，并将新 Token 写入 slack.bot_token。"
    ),
    "The app was removed from the Slack workspace. Install it again.": (
        "应用已从 Slack 工作区移除，请重新安装。"
    ),
    "If the token is for a whole organization, set slack.team.": (
        "若 Token 属于整个组织，请设置 slack.team。"
    ),
    "A bot token begins with xoxb-, an app-level token with xapp-.": (
        "机器人 Token 以 xoxb- 开头，应用级 Token 以 xapp- 开头。"
    ),
    "Check the network, the proxy and slack.api_url.": "请检查网络、代理和 slack.api_url。",
}
