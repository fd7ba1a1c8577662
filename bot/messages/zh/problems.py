"""The Chinese of DLF's problems: what happened and what it means."""

ZH = {
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
}
