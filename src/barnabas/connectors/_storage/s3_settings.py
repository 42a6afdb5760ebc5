# SPDX-License-Identifier: Apache-2.0
"""What a client of S3 is told besides the name of the bucket."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["S3Settings"]


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where S3 is, who asks, and how objects are written."""

    region: str = "us-west-2"
    endpoint: str = ""
    """Address of another server than AWS, such as ``http://minio:9000``; empty: AWS."""
    access_key_id: str = ""
    """Empty, or without a secret: credentials are searched for as all of AWS's programs do."""
    secret_access_key: str = field(default="", repr=False)
    uses_path_style: bool = True
    """Whether the bucket is in the path of the address, instead of the host name."""
    accelerates: bool = False
    part_size: int = 26_214_400
    """Bytes of a part of an upload; an object that is not larger is written at once."""
    refuses_to_overwrite: bool = True
    """Whether objects are written with a condition, see `s3_upload`."""
    canned_acl: str = ""
    encryption: str = ""
    """``AES256`` or ``aws:kms``; empty: as the bucket has it."""
    customer_key: str = field(default="", repr=False)
    """Base64 of the key for encryption with a key of the customer's."""
    kms_key_id: str = ""
    sends_digest: bool = False
    """Whether each request carries a checksum of its content."""
    retries: int = 3
    proxy: str = field(default="", repr=False)
    """``http://user:password@host:port``; empty: none."""

    def write_options(self) -> dict[str, str]:
        """What each request that begins or makes an object says besides its name."""
        told = {
            "ACL": self.canned_acl,
            "ServerSideEncryption": self.encryption,
            "SSEKMSKeyId": self.kms_key_id,
        }
        return {**{name: value for name, value in told.items() if value}, **self.key_options()}

    def key_options(self) -> dict[str, str]:
        """What each request that touches the content of an object says."""
        if not self.customer_key:
            return {}
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": self.customer_key}
