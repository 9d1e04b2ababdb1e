"""Every verb, by an explicit list."""

from flows.language import checking, comparing, exporting, importing, rehearsing, schema
from flows.language.verb import Verb

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (checking.VERB, comparing.VERB, importing.VERB, exporting.VERB, schema.VERB, rehearsing.SIMULATE, rehearsing.REPLAY)
}
