"""Why a list or a row of it is refused, and what is odd about a row that is taken. Pure."""

from som.kernel.outcomes import Refusal, gettext_noop


class ListFault(Refusal):
    """Why a file is not read at all."""

    EMPTY = "list_empty", gettext_noop("The file is empty.")
    NO_WORKBOOK = "list_no_workbook", gettext_noop("The file is no workbook, text table or form.")
    TOO_LARGE = "list_too_large", gettext_noop("The file is larger than any list.")
    DAMAGED = "list_damaged", gettext_noop("The file is damaged or cut off; save it again.")
    LOCKED = "list_locked", gettext_noop("The file is locked with a password.")
    ROWS_AT_LIMIT = (
        "list_rows_at_limit",
        gettext_noop(
            "The sheet ends at row 65,536, where old Excel files are cut off: send it as .xlsx."
        ),
    )
    NO_HEADINGS = "list_no_headings", gettext_noop("No sheet has the headings of a list we know.")


class RowRefusal(Refusal):
    """Why one row was not taken."""

    NAME_MISSING = "row_name_missing", gettext_noop("The row has no name.")
    NAME_UNREADABLE = "row_name_unreadable", gettext_noop("This is no name of a person.")
    NO_PERSON = "row_no_person", gettext_noop("This row is a total or a signature, not a person.")
    TUBE_MISSING = "row_tube_missing", gettext_noop("The row has no tube.")
    TUBE_UNREADABLE = "row_tube_unreadable", gettext_noop("The tube number must have three digits.")
    CODE_DIFFERS = (
        "row_code_differs",
        gettext_noop("The sample code is not the one that date, unit, team and tube give."),
    )
    CODE_MISSING = "row_code_missing", gettext_noop("The row has no code of a sample or test.")
    CODE_TOO_LONG = (
        "row_code_too_long",
        gettext_noop("The code is longer than any code of a sample or test."),
    )
    DATE_UNREADABLE = (
        "list_date_unreadable",
        gettext_noop("The date in the first row must have six digits: year, month, day."),
    )
    UNIT_UNREADABLE = (
        "list_unit_unreadable",
        gettext_noop("The unit in the first row must have two letters."),
    )
    TEAM_UNREADABLE = (
        "list_team_unreadable",
        gettext_noop("The team in the first row must have two digits."),
    )
    BIRTH_UNREADABLE = (
        "row_birth_unreadable",
        gettext_noop("The birth is no day or year in which somebody living was born."),
    )
    SEX_UNREADABLE = "row_sex_unreadable", gettext_noop("The sex must be Nam or Nữ.")
    PHONE_UNREADABLE = (
        "row_phone_unreadable",
        gettext_noop("The telephone number must have ten digits."),
    )
    NUMBER_UNREADABLE = (
        "row_number_unreadable",
        gettext_noop(
            "This is not an identity number: it has 12 digits, 9 digits, or a letter and 7-8."
        ),
    )
    NUMBER_ROUNDED = (
        "row_number_rounded",
        gettext_noop("The spreadsheet has rounded this number; its last digits are lost."),
    )
    INSURANCE_UNREADABLE = (
        "row_insurance_unreadable",
        gettext_noop("This is no health insurance number."),
    )
    TIME_UNREADABLE = "row_time_unreadable", gettext_noop("This is no date or time of that day.")
    RESULT_MISSING = "row_result_missing", gettext_noop("The row has no result.")
    RESULT_UNREADABLE = "row_result_unreadable", gettext_noop("This is no result we know.")
    POOL_UNREADABLE = (
        "row_pool_unreadable",
        gettext_noop("The list says this is a single sample, but the row names several people."),
    )
    NOTHING_ABOVE = (
        "row_nothing_above",
        gettext_noop("The row says “as above”, but nothing stands above it."),
    )
    NOT_CALCULATED = (
        "row_not_calculated",
        gettext_noop("The cell holds a formula without a value: open the file, save it, send it."),
    )
    CELL_IN_ERROR = "row_cell_in_error", gettext_noop("The cell holds an error of a formula.")
    TEXT_BROKEN = (
        "row_text_broken",
        gettext_noop("Letters of this cell were lost when the file was saved."),
    )
    TWICE = "row_twice", gettext_noop("This person stands in the list twice.")
    CONTRADICTED = (
        "row_contradicted",
        gettext_noop("The list says different results for this sample."),
    )
    OTHER_KIND = (
        "row_other_kind",
        gettext_noop("This sheet is a list of another kind: send it as a file of its own."),
    )
    UNIT_UNKNOWN = "row_unit_unknown", gettext_noop("There is no unit of exactly this name.")
    UNIT_SPLIT = (
        "row_unit_split",
        gettext_noop("This unit was divided in 2025: write the name of today's unit."),
    )


class RowWarning(Refusal):
    """What is odd about a row that was taken."""

    POOL_SIZE_DIFFERS = (
        "row_pool_size_differs",
        gettext_noop("The list says another number of people in this tube than it names."),
    )
    POOL_NOT_WHOLE = (
        "row_pool_not_whole",
        gettext_noop("Other rows of this tube are refused: mend them before the tube is sent."),
    )
    CT_UNREADABLE = (
        "row_ct_unreadable",
        gettext_noop("The Ct value is not a number from 1 to 50 and was left out."),
    )
    ZERO_RESTORED = (
        "row_zero_restored",
        gettext_noop("The spreadsheet had dropped the zero in front; it was put back."),
    )
    TEXT_CONVERTED = (
        "row_text_converted",
        gettext_noop("The text was written in an old character set and was converted."),
    )
    PHONES_SEVERAL = (
        "row_phones_several",
        gettext_noop("The row has several telephone numbers; the first was taken."),
    )
    NAMESAKE = (
        "row_namesake",
        gettext_noop(
            "Somebody of the same name, birth and home stands above: this is taken as another person."
        ),
    )
    BIRTH_FROM_AGE = (
        "row_birth_from_age",
        gettext_noop("The birth year was worked out from the age."),
    )
