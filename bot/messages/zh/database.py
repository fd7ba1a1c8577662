"""The Chinese of the database's problems that a person in Slack can meet."""

ZH = {
    "Nothing is lost: the bot retries what could not be written.": "不会丢失数据：未写入的内容会重试。",
    "The bot cannot run without its database.": "没有数据库，机器人无法运行。",
    "The database is locked by another program.": "数据库被其他程序锁定。",
    "The database is locked.": "数据库被锁定。",
    "Look for a second bot or an open sqlite3 shell.": ("请检查是否有另一个机器人进程或打开的 sqlite3。"),
    "The database file {file} is read-only.": "数据库文件 {file} 只读。",
    "Allow the bot's OS user to write the file and its folder.": (
        "请允许机器人的系统用户写入该文件及其目录。"
    ),
    "Reading or writing the database file {file} failed.": "读写数据库文件 {file} 失败。",
    "Check the disk.": "请检查磁盘。",
    "The database file {file} is damaged.": "数据库文件 {file} 已损坏。",
    "Restore a backup, or move the file away to start with an empty one.": (
        "请恢复备份，或移走该文件后以空库启动。"
    ),
    "The disk is full.": "磁盘已满。",
    "Free some space where the database file {file} is.": "请释放数据库文件 {file} 所在磁盘的空间。",
    "Cannot open the database file {file}: {why}.": "无法打开数据库文件 {file}：{why}。",
    "Check the path in `store`, its folder and its permissions.": ("请检查 `store` 中的路径、其目录和权限。"),
    "The file {file} is not an SQLite database.": "文件 {file} 不是 SQLite 数据库。",
    "Check the path in `store`.": "请检查 `store` 中的路径。",
    "of `store`": "（见 `store`）",
    "the folder {folder} does not exist": "目录 {folder} 不存在",
    "{folder} is a file, not a folder": "{folder} 是文件，不是目录",
    "the bot's OS user may not enter the folder {folder}": "机器人的系统用户无权进入目录 {folder}",
    "it is a folder, not a file": "它是目录，不是文件",
    "it is not a regular file": "它不是普通文件",
    "the system refused access": "系统拒绝访问",
    "the bot's OS user may not read it": "机器人的系统用户无权读取",
    "the bot's OS user may not create files in its folder": "机器人的系统用户无权在其目录中创建文件",
    "The database did not answer in time.": "数据库响应超时。",
    "A text contains characters that the database cannot store.": "文本含有数据库无法存储的字符。",
    "A number is too large for the database.": "数值超出数据库范围。",
    "The record was skipped.": "该记录已跳过。",
    "The database rejected a statement ({code}).": "数据库拒绝了语句（{code}）。",
    "The schema was changed by hand, or this is a bug in dlf-bot.": (
        "可能是表结构被手工修改，或 dlf-bot 存在缺陷。"
    ),
    "Report it with the log.": "请附日志反馈。",
    "Cannot connect to the database.": "无法连接数据库。",
    "Check that it runs, its address in `store`, and the TLS settings.": (
        "请检查其是否运行、`store` 中的地址以及 TLS 设置。"
    ),
}
