"""The Chinese of notes, help texts and messages about the bot itself."""

ZH = {
    "⏱️ Sent {span} late. The times above are when it happened.": "⏱️ 延迟 {span}发送，以上为实际发生时间",
    "♻️ possible repeat: Slack did not confirm the first attempt": (
        "♻️ 可能重复：Slack 未确认首次发送是否成功"
    ),
    "🧪 Test message: nothing is wrong": "🧪 测试消息，并无异常",
    "Counts of job instances in Huawei Cloud DataArts Factory.": (
        "华为云数据开发（DataArts Factory）的作业实例计数。"
    ),
    "• `/dlf-status`: today, in this channel's workspaces": "• `/dlf-status`：今天，本频道的工作空间",
    "• `/dlf-status yesterday`: also `before_yesterday`, `all` (the last 7 days)": (
        "• `/dlf-status yesterday`：昨天；也可用 `before_yesterday`（前天）、`all`（近 7 天）"
    ),
    "• `/dlf-status yesterday sales finance`: only these workspaces; one alone shows all 13 counts": (
        "• `/dlf-status yesterday sales finance`：仅这些工作空间；只写一个时显示全部 13 项计数"
    ),
    "• `… failed`: only workspaces with failures or without data": "• `… failed`：仅有失败或无数据的工作空间",
    "• `… own`: only instances of the bot's own IAM user": "• `… own`：仅机器人 IAM 用户的实例",
    "• `… share`: everybody in the channel sees the answer": "• `… share`：频道内所有人可见",
    "• `/dlf-jobs sales yesterday`: the jobs that failed or are stuck, only for you": (
        "• `/dlf-jobs sales yesterday`：失败和运行异常的作业，仅您可见"
    ),
    'Stuck: "Abnormal" in DataArts, waits for a person.': "运行异常：作业已挂起，需人工处理。",
    "Overridden: failed, then forced to success by a person or ignored by the job's policy.": (
        "强制/忽略：失败后由人工强制成功，或按作业策略忽略。"
    ),
    "Completed: succeeded, failed or overridden.": "已完成：成功、失败及强制/忽略。",
    "Counts include real-time jobs, which DataArts does not list under Monitor Instance.": (
        "计数包含实时作业，而 DataArts 的“实例监控”不包含。"
    ),
    "📣 Posted on request of {who}": "📣 应 {who} 要求发送",
    "Digests: {names}": "汇总：{names}",
    "• `/dlf-digest {name}`: shows it as it is now, only to you (with a single digest, leave out the name)": (
        "• `/dlf-digest {name}`：查看当前汇总，仅您可见（只有一个汇总时可省略名称）"
    ),
    "• `/dlf-digest {name} post`: posts it in its channel now; the scheduled one still comes": (
        "• `/dlf-digest {name} post`：立即发送到其频道，定时汇总照常发送"
    ),
    "See also `/dlf-digest help`": "另见 `/dlf-digest help`",
    "Nothing was done": "未执行任何操作",
    "This form is from an older version: nothing was done. Use the buttons of a newer message.": (
        "此表单来自旧版本，未执行任何操作。请使用较新消息中的按钮。"
    ),
    "Only the bot's admins can do this.": "只有机器人管理员可以执行此操作。",
    "Ask {admins}.": "请联系 {admins}。",
    "They are listed under slack.admins in the config.": "管理员列在配置的 slack.admins 中。",
    "⏳ Reading {n} workspace… The answer follows.": "⏳ 正在读取 {n} 个工作空间，结果随后发送。",
    "⏳ Reading {n} workspaces… The answer follows.": "⏳ 正在读取 {n} 个工作空间，结果随后发送。",
    "⚠️ Cannot post in {channel}. Its messages are kept and will be sent once this is fixed.": (
        "⚠️ 无法在 {channel} 发送消息。消息已保留，修复后会补发。"
    ),
    "Show DataArts job status: failed, stuck, succeeded": "查询 DataArts 作业状态：失败、运行异常、成功",
    "[today|yesterday|before_yesterday|all] [workspace…] [failed] [own] [share] | help": (
        "[今天|昨天|前天|近7天] [工作空间…] [失败] [自己] [分享] | 帮助"
    ),
    "List the jobs that failed or are stuck": "列出失败或运行异常的作业",
    "[workspace] [day] | help": "[工作空间] [今天|昨天|前天] | 帮助",
    "Show or post a digest": "查看或发送汇总",
    "[name] [post] | help": "[名称] [发送] | 帮助",
    "Status, digests and alerts for DataArts Factory jobs": (
        "DataArts Factory（数据开发）作业的状态查询、汇总和告警"
    ),
    "dlf-bot can post here.": "dlf-bot 可以在此频道发送消息。",
    "Slack's error: {code}": "Slack 错误：{code}",
    "retried every minute": "每分钟重试",
}
