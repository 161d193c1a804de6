"""A simulator of WeChat's website sign-in for demos and tests. It contains nothing from Tencent."""
