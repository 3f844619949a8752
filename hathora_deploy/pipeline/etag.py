"""What the ETag of a part says of its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_MD5: Final = re.compile(r'"?([0-9a-fA-F]{32})"?')
_ENCRYPTION: Final = "x-amz-server-side-encryption"
_OWN_KEY: Final = "x-amz-server-side-encryption-customer-algorithm"


def is_damaged(md5: str, headers: Mapping[str, str]) -> bool:
    """Whether the answer to a part shows that its bytes arrived as others; ``md5`` is in hex.

    An ETag that is no MD5 shows nothing. S3 has some that look like one: where it encrypts with a key
    that is not its own, which it says.
    """
    etag = _MD5.fullmatch(headers.get("ETag", ""))
    if etag is None or _OWN_KEY in headers or headers.get(_ENCRYPTION, "AES256") != "AES256":
        return False
    return etag[1].lower() != md5
