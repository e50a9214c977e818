"""What speaks for or against two persons being one. Pure."""

from enum import StrEnum


class Reason(StrEnum):
    """What speaks for or against two persons being one. The codes are kept with each candidate."""

    SAME_NUMBER = "same_number"
    NUMBER_NEARLY = "number_nearly"
    OTHER_NUMBER = "other_number"
    SAME_PHONE = "same_phone"
    PHONE_NEARLY = "phone_nearly"
    OTHER_PHONE = "other_phone"
    SAME_NAME = "same_name"
    NAME_ORDER = "name_order"
    NAME_SHORTENED = "name_shortened"
    NAME_MISSPELT = "name_misspelt"
    OTHER_NAME = "other_name"
    OTHER_TONES = "other_tones"
    SAME_BIRTH = "same_birth"
    SAME_BIRTH_YEAR = "same_birth_year"
    BIRTH_SWAPPED = "birth_swapped"
    BIRTH_NEARLY = "birth_nearly"
    OTHER_BIRTH = "other_birth"
    OTHER_SEX = "other_sex"
    SAME_COMMUNE = "same_commune"
    SAME_PLACE = "same_place"
    OTHER_COMMUNE = "other_commune"
