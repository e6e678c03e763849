"""What can go wrong, each with a hint at what to do next.

SearchServiceError
├── SettingsError                     a setting that cannot be
│   └── MissingExtra                  an optional library is not installed
├── RequestError                      the caller's to mend
│   ├── UnknownField
│   ├── BadFilter
│   └── PageTooDeep
├── ArticleNotFound
├── IngestError
│   ├── UnknownFormat
│   └── MalformedSource               has .source and .position
└── EngineError                       the operator's to mend
    ├── IndexMissing
    ├── IndexOutdated                 the schema or the analyzer has changed
    ├── IndexDamaged
    ├── IndexLocked                   another writer is at work
    ├── EngineUnavailable
    └── EngineTimeout
"""


class SearchServiceError(Exception):
    """Any error of ours: `str(error)` says what happened and to what, `hint` what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(SearchServiceError):
    """A setting that is unknown, or has a value that cannot be."""


class MissingExtra(SettingsError):
    """A part was asked for whose library is not installed."""


class RequestError(SearchServiceError):
    """The caller asked for something that cannot be; `parameter` and `value` name it, `suggestion` is the near one."""

    def __init__(
        self, message: str, *, parameter: str = "", value: str = "", suggestion: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter
        self.value = value
        self.suggestion = suggestion


class UnknownField(RequestError):
    """A field or parameter that there is not."""


class BadFilter(RequestError):
    """A filter, date or number that cannot be read."""


class PageTooDeep(RequestError):
    """A page beyond what paging by number reaches; a cursor reaches further."""


class ArticleNotFound(SearchServiceError):
    """No live article has this id."""


class IngestError(SearchServiceError):
    """A source could not be read at all. (A bad article inside a good source is a Rejection, a value.)"""


class UnknownFormat(IngestError):
    """No importer knows this kind of file."""


class MalformedSource(IngestError):
    """A source broke off or makes no sense at `position`."""

    def __init__(self, message: str, *, source: str, position: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.position = position


class EngineError(SearchServiceError):
    """The index or its server cannot answer."""


class IndexMissing(EngineError):
    """Nothing was indexed here yet."""


class IndexOutdated(EngineError):
    """The index was made by another version of the schema or the analyzer."""


class IndexDamaged(EngineError):
    """A file of the index is not what was written."""


class IndexLocked(EngineError):
    """Another process is writing."""


class EngineUnavailable(EngineError):
    """The search server does not answer."""


class EngineTimeout(EngineError):
    """The query took longer than it may."""
