"""Whether the model files are there, load, and run, and whether any of them may play."""

from appliance.catalogue import BadModelError
from appliance.engine.model import Model
from appliance.engine.voices import allowed, models_folder, site_catalogue
from appliance.misnamed import misnamed
from appliance.service.checks import Check, Severity
from appliance.settings import Loaded

NAME = "models"


def check_models(site: Loaded) -> list[Check]:
    """Load every model file on the CPU and run it once; the first check is the sum.

    Styles that the settings name and that are not there are among the others.
    """
    settings = site.settings
    folder = models_folder(settings.styles)
    catalogue = site_catalogue(settings.styles)
    faults = [*catalogue.faults, *misnamed(site, catalogue)]
    loaded = []
    for slug, style in catalogue.styles.items():
        try:
            Model(style.path)
        except BadModelError as error:
            faults.append(str(error))
        else:
            loaded.append(slug)
    may_play = [slug for slug in allowed(catalogue.styles, settings.styles) if slug in loaded]
    paths = [style.path for slug, style in catalogue.styles.items() if slug in loaded]
    added = sum(path.parent != folder for path in paths)
    beside = f" and the site's own ({added})" if added else ""
    said = f"{len(loaded)} styles of {folder}{beside} load, {len(may_play)} may play."
    if not may_play:
        sum_ = Check(
            NAME, Severity.ERROR, said, "Copy the model files there, or set styles.models."
        )
    else:
        sum_ = Check(NAME, Severity.OK, said)
    return [
        sum_,
        *(Check(NAME, Severity.NOTE, f"{note[0].upper()}{note[1:]}.") for note in catalogue.notes),
        *(Check(NAME, Severity.WARNING, f"{fault}.") for fault in faults),
    ]
