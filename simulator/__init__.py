"""A stand-in for WeChat's website sign-in, for demos and tests; no part of it is Tencent's."""
