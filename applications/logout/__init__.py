"""Sign-outs: at an application, and telling the other applications."""
