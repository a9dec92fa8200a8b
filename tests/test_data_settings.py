"""kil.toml: unknown names and unusable values are all told; paths cannot leave the folder."""

import re

import pytest
from pydantic import BaseModel

from data.errors import InputError
from data.settings import Settings, load

SITE = '[municipality]\nname = "X"\nsite = { latitude = 59.5, longitude = 13.3 }\n'


def write(tmp_path, text):
    path = tmp_path / "kil.toml"
    path.write_text(text, encoding="utf-8")
    return path


def messages(tmp_path, text):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, text))
    return [str(fault) for fault in caught.value.faults]


def test_the_least_file_is_a_place():
    assert Settings.model_validate({"municipality": {"name": "X", "site": {"latitude": 1, "longitude": 2}}}).solar.target.mw == 6


def test_all_faults_at_once_with_a_guess(tmp_path):
    found = "\n".join(messages(tmp_path, SITE + "[solar.shade]\nnear_n = 3\nalbedo = 2\n[solarr]\nx = 1\n"))
    assert "solar.shade.near_n: inställningen är okänd" in found
    assert "Menade du near_m?" in found
    assert "solar.shade.albedo: 2 går inte att använda" in found
    assert "solarr: inställningen är okänd" in found


@pytest.mark.parametrize("path", ["../x.tif", "/etc/passwd", "C:\\x.tif", "a/../../x.tif"])
def test_paths_that_leave_the_folder_are_refused(tmp_path, path):
    (message,) = messages(tmp_path, SITE + f"[inputs]\ndsm = '{path}'\n")
    assert "inputs.dsm" in message


def test_a_file_that_is_not_toml_is_one_message(tmp_path):
    (message,) = messages(tmp_path, "name = Kil\n")
    assert "kil.toml" in message
    assert "citattecken" in message


def test_a_file_saved_by_an_old_editor_is_told_with_its_line(tmp_path):
    path = tmp_path / "kil.toml"
    path.write_bytes(SITE.encode() + "# Västra Götaland\n".encode("cp1252"))
    with pytest.raises(InputError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.row == 4 and "UTF-8" in fault.fix and "codec" not in str(fault)


def test_what_was_expected_is_said_in_swedish(tmp_path):
    found = messages(
        tmp_path, SITE + '[solar.shade]\nalbedo = "hög"\ndirections = 33\nnear_m = 0\n[solar]\npublish_private = 7\n'
    )
    said = "\n".join(found)
    assert len(found) == 4
    assert "väntat: ett tal" in said and "väntat: 16, 32, 64, 128, 256" in said and "väntat: > 0" in said
    assert "should" not in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[inputs]\ndsm = "../x.tif"', "väntat: en sökväg inom projektmappen"),
        ('[plan]\nmust = ["a"]\nnever = ["a"]', "väntat: samma id i högst en av must och never (a)"),
        ("[plan]\nyears = [2026, 2026]", "väntat: varje år en gång"),
        ("[emissions.goal]\nbase_year = 2031", "väntat: base_year < target_year"),
        ('[publishing.online]\ntiles = "http://x"', "väntat: en adress som börjar med https://"),
        ("[plan]\nmax_kw_per_owner = 5", "väntat: ett avsnitt"),
        ("[solar]\nroofs = 5", "väntat: ett avsnitt"),
        ("[economy]\nyears = nan", "väntat: ett tal"),
        ("[solar.target]\nmw = inf", "väntat: ett tal"),
        ('[addresses]\nreviewed = "ja"', "väntat: true, false"),
    ],
)
def test_no_english_reaches_a_swedish_reader(tmp_path, lines, said):
    (message,) = messages(tmp_path, SITE + lines + "\n")
    assert said in message
    assert not re.search(r"\b(Input|should|valid|dictionary|path|both|is|each)\b", message)


@pytest.mark.parametrize("crs", ["EPSG:300666", "EPSG:4326", "sweref"])
def test_a_system_that_is_not_in_metres_is_refused_at_once(tmp_path, crs):
    (message,) = messages(tmp_path, SITE + f'crs = "{crs}"\n')
    assert "municipality.crs" in message and "väntat: EPSG:3006" in message


def test_a_slip_in_the_writing_is_told_with_its_line(tmp_path):
    (message,) = messages(tmp_path, SITE + "[solar.shade]\nalbedo = 0,2\n")
    assert "rad 5" in message and "punkt" in message


def test_settings_are_frozen(tmp_path):
    settings = load(write(tmp_path, SITE))
    with pytest.raises(ValueError, match="frozen"):
        settings.solar.shade.albedo = 0.5


def sections(model, path=()):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from sections(kind, (*path, name))
        else:
            yield ".".join((*path, name)), field


def test_every_setting_says_what_it_means():
    silent = [name for name, field in sections(Settings) if not field.description]
    assert silent == []
