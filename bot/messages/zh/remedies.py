"""The Chinese of DLF's problems: what to do."""

ZH = {
    "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.": (
        "请检查 HTTPS_PROXY、NO_PROXY 以及代理的放行规则。"
    ),
    "Check HTTPS_PROXY, NO_PROXY, and whether the proxy runs.": (
        "请检查 HTTPS_PROXY、NO_PROXY 以及代理是否在运行。"
    ),
    "Check `iam_endpoint`; a proxy may answer instead of IAM or remove long headers.": (
        "请检查 `iam_endpoint`，可能是代理在应答或丢弃了过长的请求头。"
    ),
    "Check `project_id`, `domain` and `iam_endpoint` in the config.": (
        "请检查配置中的 `project_id`、`domain` 和 `iam_endpoint`。"
    ),
    "Check `project_id`, the workspace's `id` and the endpoint. "
    "If they are right, give the error code to Huawei Cloud support.": (
        "请检查 `project_id`、工作空间的 `id` 和终端节点；若无误，请将错误码提供给华为云技术支持。"
    ),
    "Check `project_id`, the workspace's `id` and jobs_endpoint. "
    "If they are right, give the error code to Huawei Cloud support.": (
        "请检查 `project_id`、工作空间的 `id` 和 jobs_endpoint；若无误，请将错误码提供给华为云技术支持。"
    ),
    "Check `region`, `endpoint` and `project_id`. The host must begin with `dayu.`.": (
        "请检查 `region`、`endpoint` 和 `project_id`，主机名应以 `dayu.` 开头。"
    ),
    "Check `region`, `jobs_endpoint` and `project_id`. The host must begin with `dayu-dlf.`.": (
        "请检查 `region`、`jobs_endpoint` 和 `project_id`，主机名应以 `dayu-dlf.` 开头。"
    ),
    "Check `username`, `password` and `domain` in the config.": (
        "请检查配置中的 `username`、`password` 和 `domain`。"
    ),
    "Check quotas and billing in the Huawei Cloud console.": "请在华为云控制台检查配额和费用。",
    "Check the endpoint, and whether a proxy or another server answers instead of DLF.": (
        "请检查终端节点，可能是代理或其他服务器在应答。"
    ),
    "Check jobs_endpoint, and whether a proxy or another server answers instead of DLF.": (
        "请检查 jobs_endpoint，可能是代理或其他服务器在应答。"
    ),
    "Check the endpoint.": "请检查终端节点。",
    "Check jobs_endpoint.": "请检查 jobs_endpoint。",
    "Check the endpoint's port, and http or https.": "请检查终端节点的端口以及 http/https。",
    "Check jobs_endpoint's port, and http or https.": "请检查 jobs_endpoint 的端口以及 http/https。",
    "Check the endpoint; a login page may be in front of it.": "请检查终端节点，前面可能有登录页。",
    "Check jobs_endpoint; a login page may be in front of it.": "请检查 jobs_endpoint，前面可能有登录页。",
    "Check `auth`, `region` and `project_id` in the config, and the clock of this machine.": (
        "请检查配置中的 `auth`、`region`、`project_id` 以及本机时间。"
    ),
    "Check the workspace's `id`, and `project_id` and `region`.": (
        "请检查工作空间的 `id` 以及 `project_id` 和 `region`。"
    ),
    "Check `project_id` and `region` in the config.": "请检查配置中的 `project_id` 和 `region`。",
    "Check {setting}, and DNS on this machine.": "请检查 {setting} 以及本机 DNS。",
    "Check {setting}. Behind a company proxy, set SSL_CERT_FILE to its CA certificate.": (
        "请检查 {setting}。如使用公司代理，请将 SSL_CERT_FILE 指向公司的 CA 证书。"
    ),
    "Correct it in the config.": "请在配置中更正。",
    "Correct the variable or unset it.": "请更正或取消该环境变量。",
    "Give the user DAYU User in IAM and a role in the workspace (viewer is enough).": (
        "请在 IAM 中为该用户授予 DAYU User，并在工作空间中添加角色（访客即可）。"
    ),
    "Give the user DAYU User in IAM and a role in the workspace (viewer is enough, deployer is not).": (
        "请在 IAM 中为该用户授予 DAYU User，并在工作空间中添加角色（访客即可，部署者不行）。"
    ),
    "Enable programmatic access for the user in IAM.": "请在 IAM 中为其开启编程访问。",
    "If it stays, check the endpoint, and whether a proxy or a login page answers instead of DLF.": (
        "若持续出现，请检查终端节点，可能是代理或登录页在应答。"
    ),
    "If it stays, check jobs_endpoint, and whether a proxy or a login page answers instead of DLF.": (
        "若持续出现，请检查 jobs_endpoint，可能是代理或登录页在应答。"
    ),
    "Look for line breaks and non-ASCII characters in the ids and credentials of the config.": (
        "请检查配置中的 ID 和认证信息是否有换行或非 ASCII 字符。"
    ),
    "Look for the job in DataArts Factory.": "请在 DataArts Factory 中查找该作业。",
    "If it stays, lower `requests_per_second`; other programs may use the same IAM user.": (
        "若持续出现，请调低 `requests_per_second`；可能有其他程序共用该 IAM 用户。"
    ),
    "Allow the address in Huawei Cloud.": "请在华为云放行该地址。",
    "Put user and password into HTTPS_PROXY: http://user:password@host:port.": (
        "请在 HTTPS_PROXY 中填写用户名和密码：http://user:password@host:port。"
    ),
    "Set HTTPS_PROXY to http://host:port, or name {host} in NO_PROXY.": (
        "请将 HTTPS_PROXY 设为 http://host:port，或在 NO_PROXY 中加入 {host}。"
    ),
    "Set the clock (NTP). The bot retries after 5 min, later after 1 h.": (
        "请校准时间（NTP），机器人将在 5 分钟后重试，之后每小时重试。"
    ),
    "Set the clocks of this machine and of the database (NTP). If both are "
    "right, check what answers at the endpoint.": (
        "请校准本机和数据库的时间（NTP）。若都正确，请检查终端节点上是什么在应答。"
    ),
    "Set the clocks of this machine and of the database (NTP). If both are "
    "right, check what answers at jobs_endpoint.": (
        "请校准本机和数据库的时间（NTP）。若都正确，请检查 jobs_endpoint 上是什么在应答。"
    ),
    "The bot keeps trying. If it stays, check the network.": "机器人会继续重试；若持续出现，请检查网络。",
    "The bot keeps trying. If it stays, check the network, the endpoint and `requests_per_second`.": (
        "机器人会继续重试；若持续出现，请检查网络、终端节点和 `requests_per_second`。"
    ),
    "The bot keeps trying. If it stays, check the network, jobs_endpoint and `requests_per_second`.": (
        "机器人会继续重试；若持续出现，请检查网络、jobs_endpoint 和 `requests_per_second`。"
    ),
    "The bot keeps trying. If it stays, see the Huawei Cloud status page.": (
        "机器人会继续重试；若持续出现，请查看华为云服务状态。"
    ),
    "Try again. If it stays, ask for fewer workspaces or raise `poll_every`.": (
        "请重试；若持续出现，请减少查询的工作空间或调大 `poll_every`。"
    ),
    "Try again. If it stays, check the network and the endpoint.": (
        "请重试；若持续出现，请检查网络和终端节点。"
    ),
    "Try again. If it stays, check the network and jobs_endpoint.": (
        "请重试；若持续出现，请检查网络和 jobs_endpoint。"
    ),
    "Use an access key instead of a token.": "请改用访问密钥（AK/SK）。",
    "region and endpoint in the config": "配置中的 region 和 endpoint",
    "region and jobs_endpoint in the config": "配置中的 region 和 jobs_endpoint",
}
