"""Renders a template with Jinja2 as a row of the table: its text, or that it is refused."""

import re
import signal
import warnings

from transformers_environment import make_environment

warnings.simplefilter("ignore")
ENVIRONMENT = make_environment()
# Libraries lie at 0x7f, the heap at 0x55 or 0x56.
ADDRESS = re.compile(r"0x(?:7|5[56])[0-9a-f]{10,11}", re.IGNORECASE)
SECONDS = 5


class TooSlow(BaseException):
    """Not an Exception, so that Jinja2 does not catch it."""


def _stop(_signal, _frame):
    raise TooSlow


signal.signal(signal.SIGALRM, _stop)


def without_addresses(text):
    return ADDRESS.sub("0x7f0000000000", text)


def render(template, variables):
    """{"text": ...} or {"error": ...}; None where it takes too long or is no UTF-8."""
    signal.alarm(SECONDS)
    try:
        text = ENVIRONMENT.from_string(template).render(**variables)
        text.encode()
        return {"text": without_addresses(text)}
    except TooSlow:
        return None
    except UnicodeEncodeError:
        return None
    except (Exception, SyntaxError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        signal.alarm(0)
