"""The Chinese of DLF's problems: what happened and what it means."""

ZH = {
    "DLF rejected the credentials ({answer}).": "DLF 拒绝了认证信息（{answer}）。",
    "The bot's IAM user has no access to this workspace ({answer}).": (
        "机器人的 IAM 用户无权访问该工作空间（{answer}）。"
    ),
    "The bot's IAM user cannot use this project ({answer}).": (
        "机器人的 IAM 用户无法使用该项目（{answer}）。"
    ),
    "There is no DLF API at this endpoint ({answer}).": "该终端节点没有 DLF API（{answer}）。",
    "DLF rejected the workspace id ({answer}).": "DLF 不接受该工作空间 ID（{answer}）。",
    "The request headers are too long for {service}'s gateway ({answer}).": (
        "请求头过长，{service} 网关拒绝接收（{answer}）。"
    ),
    "Huawei Cloud blocks this machine's IP address ({answer}).": "华为云禁止本机 IP 访问（{answer}）。",
    "The account's quota is used up, or the account is frozen ({answer}).": (
        "账号配额已用尽或账号已冻结（{answer}）。"
    ),
    "The proxy requires a login ({answer}).": "代理需要登录（{answer}）。",
    "The proxy requires a login.": "代理需要登录。",
    "{service}'s endpoint answered with a redirect, which the bot does not follow ({answer}).": (
        "{service} 终端节点返回重定向，机器人不会跟随（{answer}）。"
    ),
    "{service}'s endpoint returned neither counts nor an error ({answer}).": (
        "{service} 终端节点既未返回计数也未返回错误（{answer}）。"
    ),
    "{service} is rate-limiting the bot ({answer}).": "{service} 正在限流（{answer}）。",
    "{service} is temporarily unavailable ({answer}).": "{service} 暂时不可用（{answer}）。",
    "{service} rejected the request ({answer}).": "{service} 拒绝了请求（{answer}）。",
    "DLF no longer has this instance ({answer}).": "DLF 已没有该实例（{answer}）。",
    "IAM rejected the login ({answer}).": "IAM 拒绝登录（{answer}）。",
    "The IAM user has no programmatic access ({answer}).": "该 IAM 用户没有编程访问权限（{answer}）。",
    "IAM rejected the login request ({answer}).": "IAM 拒绝登录请求（{answer}）。",
    "DLF rejected this access key a short time ago, when another process of the bot used it.": (
        "不久前机器人的另一进程使用该访问密钥时被 DLF 拒绝。"
    ),
    "DLF rejected the signature: this machine's clock is wrong by more than 15 minutes.": (
        "DLF 拒绝了签名：本机时间偏差超过 15 分钟。"
    ),
    "DLF did not answer within {n} s.": "DLF 在 {n} 秒内未响应。",
    "DLF's clock and this machine's differ by more than a day.": "DLF 与本机时间相差超过一天。",
    "The request waited too long for its turn: more is asked than the rate limit allows.": (
        "请求排队超时：查询量超过了限速。"
    ),
    "IAM accepted the login but returned no token.": "IAM 接受了登录但未返回 Token。",
    "IAM did not answer the login in time.": "IAM 登录响应超时。",
    "The value of header {name} has characters that cannot be sent.": (
        "请求头 {name} 的值含有无法发送的字符。"
    ),
    "The TLS certificate or protocol of {host} is not trusted.": "{host} 的 TLS 证书或协议不受信任。",
    "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.": (
        "无法读取 SSL_CERT_FILE 或 SSL_CERT_DIR 指定的证书。"
    ),
    "The environment names a proxy that cannot be used.": "环境变量指定的代理无法使用。",
    "The host name {host} cannot be resolved.": "无法解析主机名 {host}。",
    "The proxy could not connect to {host} (HTTP {status}).": "代理无法连接 {host}（HTTP {status}）。",
    "Cannot connect to the proxy for {host}.": "无法连接 {host} 的代理。",
    "{host} closed the connection.": "{host} 中断了连接。",
    "Cannot connect to {host}.": "无法连接 {host}。",
    "{host} did not answer in time.": "{host} 响应超时。",
    "{host} did not answer with valid HTTP.": "{host} 返回的不是有效的 HTTP。",
    "The connection to {host} failed.": "与 {host} 的连接失败。",
    "DLF's endpoint": "DLF 终端节点",
    "The endpoint is not a valid URL.": "终端节点不是有效的 URL。",
    "DLF's endpoint did not return a list of jobs: {reason}.": ("DLF 终端节点返回的不是作业列表：{reason}。"),
    "DLF's endpoint did not return job counts: {reason}.": "DLF 终端节点返回的不是作业计数：{reason}。",
    "DLF did not return {counts}, so the rule {rules} cannot be checked.": (
        "DLF 未返回 {counts}，无法判断规则 {rules}。"
    ),
    "DLF did not return {counts}, so the rules {rules} cannot be checked.": (
        "DLF 未返回 {counts}，无法判断规则 {rules}。"
    ),
    "DLF has not answered since": "DLF 此后未响应",
    "the answer has no list of dependents": "没有下游实例列表",
    "the answer has no list of instances": "没有实例列表",
    "the answer has no list of jobs": "没有作业列表",
    "the answer has no list of nodes": "没有节点列表",
    "the answer has none of the 13 counts": "不含 13 项计数中的任何一项",
    "the answer is incomplete or damaged JSON": "JSON 不完整或已损坏",
    "the answer is JSON, but not an object": "是 JSON，但不是对象",
    "the answer is a web page": "是网页",
    "the answer's compression is not supported": "压缩方式不受支持",
    "the answer is empty": "内容为空",
    "the answer is incomplete or damaged gzip": "gzip 不完整或已损坏",
    "the answer is marked gzip but is not": "标为 gzip 但不是",
    "the answer's charset is not valid for JSON": "字符集不适用于 JSON",
    "the answer is larger than {n} MiB": "超过 {n} MiB",
    "the answer is nested too deeply": "嵌套过深",
    "the answer is not JSON": "不是 JSON",
    "the answer is not JSON (NaN or Infinity)": "不是 JSON（含 NaN 或 Infinity）",
    "the answer is not UTF-8 text": "不是 UTF-8 文本",
    "the answer has one field twice": "字段重复",
    "{name} is too large": "{name} 过大",
    "{name} is negative": "{name} 为负数",
    "{name} is not a whole number": "{name} 不是整数",
    "DLF cannot be read without a token.": "没有 Token 无法读取 DLF。",
    "The counts cannot be assigned to a date and are ignored.": "无法确定计数所属日期，已忽略。",
    "Nothing was sent.": "未发送任何内容。",
    "The bot now retries rarely, so that the credentials are not locked.": (
        "为避免认证信息被锁定，机器人已降低重试频率。"
    ),
    "Counts are unknown for now.": "暂时无法获取计数。",
    "Counts are unknown for now; the bot keeps trying.": ("暂时无法获取计数，机器人会继续重试。"),
    "Counts are unknown.": "计数未知。",
    "Counts stay unknown until this is fixed.": "修复之前无法获取计数。",
    "The jobs are unknown for now.": "暂时无法得知是哪些作业。",
}
