"""The 26 regions that offer DataArts Factory, and the three hosts of each."""

from dataclasses import dataclass

REGIONS = (
    "ae-ad-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-north-1",
    "cn-north-11",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-southwest-2",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "ru-moscow-1",
    "ru-northwest-2",
    "sa-brazil-1",
    "tr-west-1",
)

# The European documents name .eu hosts; the official SDK names .com for `dayu` alone.
_EUROPE = "eu-west-101"
# The only region whose V1 calls go to the V2 host, according to the official SDK.
_JOBS_ON_DAYU = "cn-east-4"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Origins without a trailing slash, under the names the YAML overrides them by."""

    endpoint: str
    iam_endpoint: str
    jobs_endpoint: str


def hosts_of(region: str) -> Hosts:
    """The hosts of a region. Raises KeyError if it is not in REGIONS."""
    if region not in REGIONS:
        raise KeyError(region)
    top = "eu" if region == _EUROPE else "com"
    jobs = "dayu" if region == _JOBS_ON_DAYU else "dayu-dlf"
    return Hosts(
        endpoint=f"https://dayu.{region}.myhuaweicloud.com",
        iam_endpoint=f"https://iam.{region}.myhuaweicloud.{top}",
        jobs_endpoint=f"https://{jobs}.{region}.myhuaweicloud.{top}",
    )
