"""Which public keys of providers are accepted: strong ones that are not too slow to verify with."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

SMALLEST_RSA_KEY = 2048
LARGEST_RSA_KEY = 8192
LARGEST_EXPONENT = 2**32
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def is_usable(key: object) -> bool:
    """Whether the key is strong enough, and not so large that it slows down verification."""
    if isinstance(key, rsa.RSAPublicKey):
        return (
            SMALLEST_RSA_KEY <= key.key_size <= LARGEST_RSA_KEY
            and key.public_numbers().e < LARGEST_EXPONENT
        )
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, CURVES)
    return isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey))
