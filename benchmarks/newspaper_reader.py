"""Read pages with newspaper4k: {"html", "url"} by line from standard input, what it found by line to standard output.

Run by `benchmarks.pages` with the Python of an environment that has newspaper4k (benchmarks/peers.txt) and not ours.
"""

import json
import sys
import time


def main() -> None:
    import newspaper

    for line in sys.stdin:
        page = json.loads(line)
        start = time.process_time()
        article = newspaper.Article(url=page["url"] or "https://unknown.example/", fetch_images=False)
        try:
            article.download(input_html=page["html"])
            article.parse()
            day = article.publish_date.date().isoformat() if article.publish_date else ""
            found = {
                "headline": article.title or "", "day": day,
                "tags": sorted(article.tags or ()) or list(article.meta_keywords or ()), "body": article.text or "",
            }  # fmt: skip
        except (newspaper.ArticleException, ImportError, LookupError, ValueError, TypeError, AttributeError) as error:
            print(f"{page['url']}: {error}", file=sys.stderr)
            found = {"headline": "", "day": "", "tags": [], "body": ""}
        print(json.dumps({**found, "seconds": time.process_time() - start}))


if __name__ == "__main__":
    main()
