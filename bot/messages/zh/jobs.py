"""The Chinese of the jobs behind an alert or a count."""

ZH = {
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
}
