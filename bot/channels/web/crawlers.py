"""What search engines read: which pages there are, and which they need not see."""

from __future__ import annotations

from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.web.site import Site


def router(site: Site) -> APIRouter:
    """The routes."""
    found = APIRouter(include_in_schema=False)

    @found.get("/sitemap.xml")
    async def sitemap(request: Request) -> Response:
        """The chat, the index, and every guide with the day of its review."""
        base = site.base_url(request)
        rows = [f"<url><loc>{escape(base + path)}</loc></url>" for path in ("/", "/guides")]
        rows += [
            f"<url><loc>{escape(f'{base}/guides/{guide.id}')}</loc>"
            f"<lastmod>{guide.reviewed_on.isoformat()}</lastmod></url>"
            for guide in site.book.city.guides.values()
        ]
        text = "".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>\n',
                '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
                *rows,
                "</urlset>\n",
            ]
        )
        return Response(text, media_type="application/xml")

    @found.get("/robots.txt")
    async def robots(request: Request) -> Response:
        """Everything but conversations may be read."""
        closed = ("/chat/", "/embed", "/api/", "/guides/*/wrong")
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
        lines.append(f"Sitemap: {site.base_url(request)}/sitemap.xml")
        return PlainTextResponse("\n".join(lines) + "\n")

    return found
