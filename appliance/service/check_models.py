"""Whether the model files are there, load, and run, and whether any of them may play."""

from appliance.catalogue import BadModelError, read_catalogue
from appliance.engine.model import Model
from appliance.engine.voices import allowed, models_folder
from appliance.service.checks import Check, Severity
from appliance.settings import Settings

NAME = "models"


def check_models(settings: Settings) -> list[Check]:
    """Load every model file on the CPU and run it once; the first check is the sum."""
    folder = models_folder(settings.styles)
    catalogue = read_catalogue(folder)
    faults = list(catalogue.faults)
    loaded = []
    for slug, style in catalogue.styles.items():
        try:
            Model(style.path)
        except BadModelError as error:
            faults.append(str(error))
        else:
            loaded.append(slug)
    may_play = [slug for slug in allowed(catalogue.styles, settings.styles) if slug in loaded]
    said = f"{len(loaded)} styles of {folder} load, {len(may_play)} may play."
    if not may_play:
        sum_ = Check(
            NAME, Severity.ERROR, said, "Copy the model files there, or set styles.models."
        )
    else:
        sum_ = Check(NAME, Severity.OK, said)
    return [sum_, *(Check(NAME, Severity.WARNING, f"{fault}.") for fault in faults)]
