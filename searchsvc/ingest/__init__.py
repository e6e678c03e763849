"""How it got in: files to drafts, drafts to articles or rejections. Knows no engine, opens no connection."""
