"""The Chinese of PostgreSQL's and PgBouncer's problems."""

ZH = {
    "PostgreSQL rejected the user or the password.": "PostgreSQL 拒绝了用户名或密码。",
    "Check user and password in `store`.": "请检查 `store` 中的用户名和密码。",
    "PostgreSQL has no database of this name.": "PostgreSQL 中没有该数据库。",
    "Create it, or check its name in `store`.": "请创建该数据库，或检查 `store` 中的名称。",
    "The schema named by `search_path` does not exist.": "`search_path` 指定的模式不存在。",
    "Create it with CREATE SCHEMA, or check `options` in `store`.": (
        "请用 CREATE SCHEMA 创建，或检查 `store` 中的 `options`。"
    ),
    "The PostgreSQL user lacks rights on the schema.": "PostgreSQL 用户缺少模式权限。",
    "Make it the owner of the schema, or grant it CREATE and USAGE.": (
        "请将其设为模式所有者，或授予 CREATE 和 USAGE。"
    ),
    "PostgreSQL does not know a setting in the `options` of `store`.": (
        "PostgreSQL 不认识 `store` 的 `options` 中的某项设置。"
    ),
    "Check the names in options=-cNAME%3DVALUE.": "请检查 options=-cNAME%3DVALUE 中的名称。",
    "PostgreSQL rejected the value of a setting in the `options` of `store`.": (
        "PostgreSQL 拒绝了 `store` 的 `options` 中某项设置的值。"
    ),
    "Check the values in options=-cNAME%3DVALUE.": "请检查 options=-cNAME%3DVALUE 中的值。",
    "A table that the bot must create exists already.": "机器人需要创建的表已存在。",
    "It belongs to another program, or an earlier dlf-bot left it.": (
        "该表属于其他程序，或由旧版 dlf-bot 遗留。"
    ),
    "Give the bot a schema of its own: see docs/databases.md.": (
        "请为机器人单独建立模式：见 docs/databases.md。"
    ),
    "PostgreSQL's disk is full.": "PostgreSQL 的磁盘已满。",
    "Free some space on the database server.": "请释放数据库服务器的磁盘空间。",
    "PostgreSQL has no free connections.": "PostgreSQL 连接数已满。",
    "Raise max_connections or run fewer replicas.": "请调大 max_connections 或减少副本数。",
    "This PostgreSQL server is read-only.": "该 PostgreSQL 服务器只读。",
    "Use the primary: add target_session_attrs=read-write to `store`.": (
        "请使用主库：在 `store` 中添加 target_session_attrs=read-write。"
    ),
    "PostgreSQL did not finish in time.": "PostgreSQL 处理超时。",
    "PostgreSQL did not grant a lock in time.": "PostgreSQL 获取锁超时。",
    "Check the load of the database server.": "请检查数据库服务器的负载。",
    "PostgreSQL asked to try again.": "PostgreSQL 要求重试。",
    "PostgreSQL is shutting down or starting.": "PostgreSQL 正在关闭或启动。",
    "Wait, or start it.": "请等待，或启动它。",
    "Cannot connect to PostgreSQL.": "无法连接 PostgreSQL。",
    "Check that it runs and can be reached.": "请检查其是否运行、能否访问。",
    "PostgreSQL ended a transaction that was idle for too long.": "PostgreSQL 结束了空闲过久的事务。",
    "Check the load of this machine.": "请检查本机负载。",
    "PgBouncer has no free connections for the bot.": "PgBouncer 没有可供机器人使用的空闲连接。",
    "Raise its max_client_conn or run fewer replicas.": "请调大其 max_client_conn 或减少副本数。",
    "PgBouncer had no free connection to PostgreSQL in time.": ("PgBouncer 等待 PostgreSQL 的空闲连接超时。"),
    "Raise its default_pool_size, and check the load of the database server.": (
        "请调大其 default_pool_size，并检查数据库服务器的负载。"
    ),
    "PgBouncer runs in statement mode, which has no transactions.": (
        "PgBouncer 处于 statement 模式，不支持事务。"
    ),
    "Set its pool_mode to transaction or session.": "请将其 pool_mode 设为 transaction 或 session。",
    "PgBouncer rejected a start-up parameter.": "PgBouncer 拒绝了启动参数。",
    "Add application_name to its ignore_startup_parameters.": (
        "请将 application_name 加入其 ignore_startup_parameters。"
    ),
    "PgBouncer accepts only connections with TLS.": "PgBouncer 只接受 TLS 连接。",
    "PostgreSQL accepts only connections with TLS from this machine.": ("PostgreSQL 只接受本机的 TLS 连接。"),
    "Write sslmode=require, or better verify-full, in `store`.": (
        "请在 `store` 中写 sslmode=require，最好是 verify-full。"
    ),
    "PgBouncer cannot connect to PostgreSQL.": "PgBouncer 无法连接 PostgreSQL。",
    "Check that PostgreSQL runs, and its address in PgBouncer's configuration.": (
        "请检查 PostgreSQL 是否运行，以及 PgBouncer 配置中的地址。"
    ),
    "PgBouncer cannot log in to PostgreSQL.": "PgBouncer 无法登录 PostgreSQL。",
    "Check that PostgreSQL runs, and its user and password in PgBouncer's configuration.": (
        "请检查 PostgreSQL 是否运行，以及 PgBouncer 配置中的用户名和密码。"
    ),
    "PostgreSQL's pg_hba.conf allows no such connection.": "PostgreSQL 的 pg_hba.conf 不允许此连接。",
    "Check user and database in `store`, or add a line for them and this machine to pg_hba.conf.": (
        "请检查 `store` 中的用户名和数据库，或在 pg_hba.conf 中为其和本机添加一行。"
    ),
    "PostgreSQL's certificate is not trusted.": "PostgreSQL 的证书不受信任。",
    "Check `sslrootcert` and the host's name in `store`, and whether the certificate is still valid.": (
        "请检查 `store` 中的 `sslrootcert` 和主机名，以及证书是否仍然有效。"
    ),
    "TLS with PostgreSQL failed.": "与 PostgreSQL 的 TLS 协商失败。",
    "Check the certificates and keys that `store` names, and `sslmode`.": (
        "请检查 `store` 指定的证书和密钥以及 `sslmode`。"
    ),
    "PostgreSQL offers no TLS, but `sslmode` in `store` requires it.": (
        "PostgreSQL 不提供 TLS，而 `store` 中的 `sslmode` 要求使用。"
    ),
    "Enable TLS on the server, or write sslmode=disable where the network is trusted.": (
        "请在服务器上启用 TLS；若网络可信，可写 sslmode=disable。"
    ),
    "The host name of PostgreSQL cannot be resolved.": "无法解析 PostgreSQL 的主机名。",
    "Check the host in `store`, and DNS on this machine.": "请检查 `store` 中的主机名以及本机 DNS。",
    "PostgreSQL's socket does not exist.": "PostgreSQL 的套接字不存在。",
    "Check that PostgreSQL runs, and the folder named by `host` in `store`.": (
        "请检查 PostgreSQL 是否运行，以及 `store` 中 `host` 指定的目录。"
    ),
    "The bot's OS user may not open PostgreSQL's socket.": ("机器人的系统用户无权打开 PostgreSQL 的套接字。"),
    "Check the permissions of the folder named by `host` in `store`.": (
        "请检查 `store` 中 `host` 指定的目录的权限。"
    ),
    "No PostgreSQL server matches `target_session_attrs`.": (
        "没有 PostgreSQL 服务器满足 `target_session_attrs`。"
    ),
    "Wait for a failover to finish, or set target_session_attrs=read-write in `store`.": (
        "请等待主备切换完成，或在 `store` 中设置 target_session_attrs=read-write。"
    ),
}
