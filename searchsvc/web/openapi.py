"""The API's description in OpenAPI 3.1, made of the same table that reads its parameters."""

from typing import Any

from searchsvc import __version__
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.settings import Settings
from searchsvc.web.parameters import PARAMETERS, Parameter

Json = dict[str, Any]  # Any: JSON values


def description(settings: Settings, root: str) -> Json:
    """The whole document."""
    search = [parameter_json(parameter, settings) for parameter in PARAMETERS]
    id = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "The article's id, quoted."}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}, "description": "At most."}
    prefix = {"name": "prefix", "in": "query", "schema": _TEXT, "description": "Keeps values with a word beginning so."}
    facets = [field.name for field in FACET_FIELDS]
    facet = {"name": "name", "in": "path", "required": True, "schema": _TEXT | {"enum": facets}}
    typed = {"name": "q", "in": "query", "schema": _TEXT, "description": "What was typed so far."}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.title,
            "version": __version__,
            "description": "Search of a news archive. Whatever cannot be understood is refused with a problem that "
            "names the parameter, its value and the near one.",
        },
        "servers": [{"url": root}],
        "paths": {
            "/api/v1/search": {"get": _operation("search", "Search the archive", search, "Answer")},
            "/api/v1/articles/{id}": {"get": _operation("article", "One article, whole", [id], "Answer")},
            "/api/v1/articles/{id}/related": {
                "get": _operation("related", "Before, after, other angles, copies", [id, limit], "Answer")
            },
            "/api/v1/related": {
                "post": _operation("relatedToText", "Related coverage of a text", [limit], "Answer")
                | {
                    "requestBody": {
                        "required": True,
                        "content": {
                            "text/plain": {"schema": _TEXT},
                            "application/json": {"schema": {"$ref": "#/components/schemas/Draft"}},
                        },
                    }
                }
            },
            "/api/v1/facets/{name}": {
                "get": _operation("facet", "The values of one facet under a search", [facet, prefix, *search], "Answer")
            },
            "/api/v1/suggest": {"get": _operation("suggest", "Autocomplete", [typed, limit], "Suggestions")},
        },
        "components": {"schemas": _SCHEMAS},
    }


def parameter_json(parameter: Parameter, settings: Settings) -> Json:
    """One parameter of a search; lists are separated by commas, repeated ones by themselves."""
    described: Json = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.help,
        "schema": _schema(parameter, settings),
    }
    if parameter.example and parameter.type not in ("list", "facet"):
        described["example"] = int(parameter.example) if parameter.type == "integer" else parameter.example
    if parameter.type == "boolean":
        described["example"] = parameter.example == "true"
    if parameter.type in ("list", "facet"):
        described |= {"style": "form", "explode": parameter.repeatable, "example": parameter.example.split(",")}
    return described


def _schema(parameter: Parameter, settings: Settings) -> Json:
    match parameter.type:
        case "integer":
            default = getattr(settings, parameter.setting) if parameter.setting else parameter.default
            most = getattr(settings, parameter.most_setting) if parameter.most_setting else parameter.most
            bounds = {"minimum": parameter.least, "maximum": most, "default": int(default)}
            return {"type": "integer"} | {name: bound for name, bound in bounds.items() if bound is not None}
        case "boolean":
            return {"type": "boolean", "default": parameter.default == "true"}
        case "choice":
            return {"type": "string", "enum": [str(c) for c in parameter.choices], "default": parameter.default}
        case "list":
            return {"type": "array", "items": {"type": "string", "enum": [str(c) for c in parameter.choices]}}
        case "facet":
            return {"type": "array", "items": _TEXT}
        case "date":
            return {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}
        case _:
            return _TEXT


def _operation(id: str, summary: str, parameters: list[Json], schema: str) -> Json:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": summary, "content": answer},
            "default": {"description": "What went wrong and what to do next", "content": problem},
        },
    }


_TEXT: Json = {"type": "string"}

_SCHEMAS: Json = {
    "Answer": {"type": "object", "required": ["response"], "properties": {"response": {"type": "object"}}},
    "Suggestions": {"type": "array", "prefixItems": [_TEXT, *[{"type": "array", "items": _TEXT}] * 3]},
    "Draft": {
        "type": "object",
        "required": ["text"],
        "properties": {"text": _TEXT, "headline": _TEXT, "date": _TEXT},
        "additionalProperties": False,
    },
    "Problem": {
        "type": "object",
        "required": ["title", "status", "detail"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
            "parameter": _TEXT,
            "value": _TEXT,
            "suggestion": _TEXT,
            "hint": _TEXT,
        },
    },
}
