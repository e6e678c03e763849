from tests.ingest.importers.samples import drafts_of, sample


def test_a_headline_without_a_text_is_an_article() -> None:
    [draft], reasons = sample("news-sitemap.xml")
    assert (draft.headline, draft.body, draft.url) == ("Bakery opens", (), "https://echo.example/bakery")
    assert (draft.publication, draft.language, draft.tags) == ("The Echo", "en", ("bread", "town life"))
    assert [each.text for each in draft.date_texts] == ["2020-02-03T06:00:00Z", "2020-02-04"]
    assert draft.revised_text == "2020-02-04"
    assert reasons == ["1 addresses without news: no headlines to read"]


def test_a_sitemap_without_news_is_one_rejection() -> None:
    urls = b"<url><loc>https://x.example/</loc></url>" * 84
    assert drafts_of(b"<urlset>" + urls + b"</urlset>") == ([], ["84 addresses without news: no headlines to read"])


def test_an_index_of_sitemaps_is_not_followed() -> None:
    index = b"<sitemapindex><sitemap><loc>https://x.example/a.xml</loc></sitemap></sitemapindex>"
    assert drafts_of(index) == ([], ["a list of 1 other sitemaps, which are not fetched"])
