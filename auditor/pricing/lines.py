"""What the law would have paid for each line of a day: the fee, and which part of it is due beside the day's others.

Lines of one patient and day by one physician (one group and specialty where both are known, else one rendering NPI) are
ranked by fee where their multiple procedure indicator says so: surgery (2) with endoscopy (3), and each of imaging
(4), therapy (5), cardiovascular (6) and ophthalmology (7) for itself. Assistants are ranked among themselves. Lines
without a payment, of care elsewhere (55, 56) or of a return for complications (78) stand in no rank, nor do tests
(4, 6, 7) of a separate session (59, XE). Surgery and therapy are reduced by the day: there 59 and XE change no rank,
and ``other_session`` says that a line of the rank has one.

* Two lines of one code, one LT and one RT, are one procedure; the bilateral part comes before the rank.
* Endoscopies of one base code are one procedure: the highest in full, others less the base, the base itself nothing.
* Of imaging, cardiovascular and ophthalmology services the technical and the professional part are ranked apart. The
  technical part is ranked and reduced as the relative values give it; the cap of the outpatient amount comes after.
* Of therapy the unit with the highest practice expense is paid in full, of all others a part of the practice expense.

In a rank a line has two places: the first by the value that ranks it (of surgery within its family), the second among
families, or by the professional part.

A line that stands alone in its rank is paid in full (of therapy its first unit); only the others are put in an order,
which takes most of the time.

Parts are whole millionths, values whole hundred-millionths of a relative value, so that nothing hangs on rounding.
"""

from __future__ import annotations

from typing import Final

from auditor.pricing import fees, places, shares

_SCALE: Final = 100_000_000
_ROWS: Final = 2**32
"""More than four times the rows of a fee schedule: what keeps site and row apart in the one number of a service."""
SURGERY: Final = ("2", "3")
COLUMNS: Final = (
    "fee expected multiple_place multiple_share bilateral_share role_share practitioner_share share paid_share "
    "other_session estimated"
).split()
"""What is known of a line, beside its ``line_id``: cents, a place, parts (millionths as decimals), flags."""


def wide_sql(rows: str) -> str:
    """SQL of the rows of ``price_row``, with those of its components and of its endoscopic base at its first day."""

    def beside(name: str, on: str, component: str) -> str:
        only = f"(SELECT * FROM {rows} WHERE component = '{component}')"
        return f"ASOF LEFT JOIN {only} {name} ON {name}.code = r.{on} AND r.first >= {name}.first"

    columns = ", ".join(
        f"CASE WHEN r.first <= {name}.last THEN {name} END AS {name}" for name in ("tc", "pc", "base")
    )
    return (
        "SELECT row_number() OVER (ORDER BY r.code, r.component, r.first) AS row_key, r.*, "
        f"{columns} FROM {rows} r {beside('tc', 'code', 'TC')} {beside('pc', 'code', '26')} "
        f"{beside('base', 'endo_base', '')}"
    )


def _scaled(worth: str) -> str:
    return f"CAST(CAST({worth} AS DECIMAL(38,8)) * {_SCALE} AS HUGEINT)"


def _ratio(num: str, den: str) -> str:
    """Millionths of ``num / den``, rounded half up; NULL where the one or the other is missing or nothing."""
    return f"((2 * {shares.WHOLE} * ({num})::HUGEINT + ({den})) // nullif(2 * ({den})::HUGEINT, 0))"


def _has(*names: str) -> str:
    return "(" + " OR ".join(f"list_contains(mods, '{name}')" for name in names) + ")"


def _role() -> str:
    """SQL of the part of an assistant's, a co-surgeon's, or a part of the global package, in millionths."""
    parts = [f"CASE WHEN {_has(shares.TEAM)} THEN NULL ELSE {shares.WHOLE} END"]
    cases = " ".join(f"WHEN {_has(name)} THEN {share}" for name, share in shares.ASSISTING.items())
    parts.append(
        f"CASE WHEN {_has(shares.CO_SURGEON)} AND {_has(*shares.ASSISTANTS)} THEN NULL "
        f"WHEN {_has(shares.CO_SURGEON)} THEN {shares.CO_SURGEONS_PART} {cases} ELSE {shares.WHOLE} END"
    )
    package = "coalesce(pre_op, 0) + coalesce(intra_op, 0) + coalesce(post_op, 0)"
    columns = {column for names in shares.PARTS.values() for column in names}
    due = " + ".join(
        f"CASE WHEN {_has(*(name for name, of in shares.PARTS.items() if column in of))} "
        f"THEN coalesce({column}, 0) ELSE 0 END"
        for column in sorted(columns)
    )
    parts.append(
        f"CASE WHEN {_has(*shares.PARTS)} AND {package} > 0 THEN CAST(({due}) * {shares.WHOLE} AS BIGINT) "
        f"ELSE {shares.WHOLE} END"
    )
    product = " * ".join(f"({part})::HUGEINT" for part in parts)
    unit = shares.WHOLE ** (len(parts) - 1)
    return f"(CASE WHEN len(mods) = 0 THEN {shares.WHOLE} ELSE ({product} + {unit // 2}) // {unit} END)"


def _by(indicator: str, values: dict[str, shares.Dated]) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {shares.dated_sql(dated, 'day')}" for name, dated in values.items())
    return f"(CASE {indicator} {cases} END)"


def _until(keys: str) -> str:
    """SQL of the last day of a row that the next one, of equal ``keys``, leaves it."""
    return f"least(last, coalesce(lead(first) OVER (PARTITION BY {keys} ORDER BY first) - 1, last))"


def _split(component: str, other: str, alone: str, none: str, of: str, value: str = "value") -> str:
    """SQL of the technical or professional part of a line's value; NULL where it cannot be told."""
    return (
        f"CASE own.component WHEN '{component}' THEN {value} WHEN '{other}' THEN 0 ELSE "
        f"CASE own.pctc_ind WHEN '{alone}' THEN {value} WHEN '{none}' THEN 0 WHEN '1' THEN {_scaled(of)} END END"
    )


def lines_sql(wide: str, sites: str) -> str:
    """SQL of one row a line of a practitioner whose code has a fee: ``line_id`` and :data:`COLUMNS`."""
    setting, whole = places.setting_sql("l.pos", "l.date_from"), shares.WHOLE

    def worth(row: str, uncapped: bool = False) -> str:
        at_place, national = (fees.worth_sql(row, "setting", at, uncapped) for at in ("site", ""))
        return f"CASE WHEN known THEN {at_place} ELSE {national} END"

    expense = "CASE setting WHEN 'non_facility' THEN own.pe_non_facility ELSE own.pe_facility END"
    expense = f"CASE WHEN known THEN {expense} * site.gp ELSE {expense} END"
    later = _by("mult_proc", shares.TECHNICAL), _by("mult_proc", shares.PROFESSIONAL)
    both = " ".join(f"WHEN '{name}' THEN {share}" for name, share in shares.BOTH_SIDES.items())
    each = " ".join(f"WHEN '{name}' THEN {share}" for name, share in shares.EACH_SIDE.items())
    saved = f"expense * ({whole} - {shares.dated_sql(shares.THERAPY_EXPENSE, 'day')})"
    units = "greatest(CAST(units * 1000 AS BIGINT), 1000)"
    paid = f"{units} * value::HUGEINT * 1000000"
    first_of_therapy = _ratio(f"{paid} - ({units} - 1000) * {saved}", paid)
    later_of_therapy = _ratio(f"value::HUGEINT * 1000000 - {saved}", "value::HUGEINT * 1000000")
    test_alone = f"CASE WHEN technical + professional <> 0 THEN {whole} END"
    service = (
        f"coalesce(p.site_key, 0) * {_ROWS} + coalesce(exact.row_key, other.row_key) * 4 + "
        "CASE setting WHEN 'facility' THEN 1 WHEN 'non_facility' THEN 2 ELSE 0 END"
    )
    shown = ", ".join(
        f"CAST(CAST({name} AS DECIMAL(18,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(18,6)) AS {name}"
        for name in (
            "multiple_share",
            "bilateral_share",
            "role_share",
            "practitioner_share",
            "share",
            "paid_share",
        )
    )
    told = "line_id, kind, allowed, charge, units, unit_fee, known, bilateral_share, role_share, practitioner_share"
    return f"""
WITH asked AS (
    SELECT l.line_id, l.patient_key, l.date_from AS day, l.code, coalesce(l.modifiers, []) AS mods, {
        setting
    } AS setting,
           {places.place_sql("l")} AS place, l.line_of_business = 'medicare' AS schedule, l.allowed, l.charge,
           coalesce(l.units, 1) AS units, coalesce(l.paid <= 0 AND coalesce(l.allowed, 0) <= 0, FALSE) AS unpaid,
           l.rendering_specialty, CASE WHEN l.billing_tin IS NOT NULL AND l.rendering_specialty IS NOT NULL
                THEN 'G' || l.billing_tin || '/' || l.rendering_specialty ELSE 'P' || l.rendering_npi END AS physician
      FROM line l WHERE l.setting = 'practitioner' AND NOT l.denied
           AND l.code IN (SELECT code FROM {wide} WHERE status_code IN {fees.PAID_STATUSES})
), named AS (
    SELECT *, {fees.component_sql("mods")} AS component FROM asked
), spans AS (
    SELECT row_key, code, component, first, {_until("code, component")} AS last FROM {wide}
), stays AS (
    SELECT site_key, place, first, {_until("place")} AS last FROM {sites}
), sited AS MATERIALIZED (
    SELECT a.* EXCLUDE (schedule, place), coalesce(exact.row_key, other.row_key) AS row_key, p.site_key,
           {service} AS service
      FROM named a
      LEFT JOIN spans exact ON exact.code = a.code AND exact.component = a.component
           AND a.day BETWEEN exact.first AND exact.last
      LEFT JOIN spans other ON other.code = a.code AND other.component = '' AND a.component <> ''
           AND exact.row_key IS NULL AND a.day BETWEEN other.first AND other.last
      LEFT JOIN stays p ON p.place = a.place AND a.schedule AND a.day BETWEEN p.first AND p.last
     WHERE coalesce(exact.row_key, other.row_key) IS NOT NULL
), worths AS (
    SELECT k.*, w AS own, s AS site, k.site_key IS NOT NULL AS known
      FROM (SELECT DISTINCT service, row_key, setting, site_key FROM sited) k JOIN {
        wide
    } w ON w.row_key = k.row_key
      LEFT JOIN {sites} s ON s.site_key = k.site_key
), valued AS (
    SELECT *, {_scaled(worth("own"))} AS value FROM worths
), services AS MATERIALIZED (
    SELECT service, known, value,
           own.component AS own_component, own.mult_proc AS mult_proc,
           own.bilat_surg AS bilat_surg, own.endo_base AS endo_base, own.pre_op AS pre_op, own.intra_op AS intra_op,
           own.post_op AS post_op,
           CASE WHEN known THEN {fees.cents_sql(fees.worth_sql("own", "setting", "site"), "own.cf_high")}
                ELSE {fees.cents_sql(fees.worth_sql("own", "setting"), "own.cf_high")} END AS unit_fee,
           {_split("TC", "26", "3", "2", worth("own.tc"))} AS technical,
           {_split("TC", "26", "3", "2", worth("own.tc", True), _scaled(worth("own", True)))} AS uncapped,
           {_split("26", "TC", "2", "3", worth("own.pc"))} AS professional,
           {_scaled(expense)} AS expense, {_scaled(worth("own.base"))} AS base_value
      FROM valued WHERE value IS NOT NULL
), parted AS MATERIALIZED (
    SELECT l.* EXCLUDE (setting, site_key, row_key, mods, unpaid, rendering_specialty, physician, component),
           s.known, s.unit_fee, s.own_component, s.mult_proc, s.bilat_surg,
           {
        _has("50")
    } AS both_sides, list_contains(mods, 'LT') AS is_left, list_contains(mods, 'RT') AS is_right,
           {_role()} AS role_share,
           CASE WHEN {_has("AS")} THEN {whole}
                ELSE {shares.practitioner_sql("rendering_specialty", "day")} END AS practitioner_share,
           NOT unpaid AND units > 0 AND physician IS NOT NULL
               AND NOT {_has(shares.TEAM, *shares.UNRANKED)} AS counts, {_has(*shares.APART)} AS told_apart,
           CASE WHEN NOT counts THEN NULL WHEN mult_proc IN {SURGERY} THEN 'S' WHEN mult_proc = '5'
                OR mult_proc IN {shares.OF_A_SESSION} AND NOT told_apart THEN mult_proc END AS kind,
           CASE WHEN {_has(*shares.ASSISTANTS)} THEN 'A' ELSE '' END || physician AS who
      FROM sited l JOIN services s ON s.service = l.service
), pairs AS MATERIALIZED (
    SELECT line_id FROM parted WHERE is_left <> is_right AND NOT both_sides AND counts
    WINDOW w AS (PARTITION BY patient_key, day, who, code, own_component)
   QUALIFY count(*) FILTER (is_left) OVER w = 1 AND count(*) FILTER (is_right) OVER w = 1
), sided AS (
    SELECT *, coalesce(is_left <> is_right AND line_id IN (SELECT line_id FROM pairs), FALSE) AS paired FROM parted
), bilateral AS (
    SELECT *, CASE WHEN both_sides THEN CASE bilat_surg {both} ELSE {whole} END
                   WHEN paired THEN CASE bilat_surg {each} ELSE {whole} END ELSE {
        whole
    } END AS bilateral_share
      FROM sided
), of_a_kind AS MATERIALIZED (
    SELECT b.*, s.value, s.technical, s.uncapped, s.professional, s.expense, s.base_value, s.endo_base
      FROM bilateral b JOIN services s ON s.service = b.service WHERE b.kind IS NOT NULL
), ranks AS MATERIALIZED (
    SELECT row_number() OVER () AS rank_id, kind, patient_key, day, who, bool_or(told_apart) AS other_session
      FROM of_a_kind GROUP BY kind, patient_key, day, who HAVING count(*) > 1
), of_ranks AS MATERIALIZED (
    SELECT b.*, r.rank_id, r.other_session FROM of_a_kind b JOIN ranks r
        ON r.kind = b.kind AND r.patient_key = b.patient_key AND r.day = b.day AND r.who = b.who
), families AS (
    SELECT DISTINCT rank_id, endo_base AS family FROM of_ranks
     WHERE kind = 'S' AND mult_proc = '3' AND endo_base IS NOT NULL
), joined AS (
    SELECT b.*, coalesce(CASE WHEN mult_proc = '3' THEN endo_base END, f.family) AS family,
           f.family IS NOT NULL AND NOT coalesce(mult_proc = '3' AND endo_base IS NOT NULL, FALSE) AS is_base
      FROM of_ranks b LEFT JOIN families f ON f.rank_id = b.rank_id AND f.family = b.code
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY rank_id, CASE WHEN kind = 'S' THEN family END ORDER BY
                  CASE kind WHEN 'S' THEN NOT is_base WHEN '5' THEN TRUE ELSE uncapped > 0 END DESC NULLS LAST,
                  CASE kind WHEN 'S' THEN value * bilateral_share WHEN '5' THEN expense ELSE uncapped END
                      DESC NULLS LAST, line_id) AS first_place
      FROM joined
), factored AS MATERIALIZED (
    SELECT *, CASE WHEN kind <> 'S' OR family IS NULL THEN {
        whole
    } WHEN is_base THEN 0 WHEN first_place = 1 THEN {whole}
                   WHEN base_value IS NOT NULL THEN {_ratio("greatest(value - base_value, 0)", "value")}
              END AS of_family,
           CASE WHEN family IS NOT NULL THEN 'F' || family WHEN paired THEN 'B' || code ELSE 'L' || line_id END
               AS unit_of
      FROM placed
), summed AS (
    SELECT rank_id, unit_of, min(line_id) AS first_line,
           sum(value * bilateral_share * coalesce(of_family, 0)) AS total FROM factored WHERE kind = 'S' GROUP BY ALL
), ranked AS (
    SELECT rank_id, unit_of, row_number() OVER (PARTITION BY rank_id ORDER BY total DESC, first_line) AS standing
      FROM summed
), stood AS (
    SELECT f.*, r.standing, row_number() OVER (PARTITION BY f.rank_id ORDER BY r.standing,
               CASE WHEN kind <> 'S' THEN professional > 0 END DESC NULLS LAST,
               CASE kind WHEN 'S' THEN value * bilateral_share * coalesce(of_family, 0) ELSE professional END
                   DESC NULLS LAST, line_id) AS second_place
      FROM factored f LEFT JOIN ranked r ON r.rank_id = f.rank_id AND r.unit_of = f.unit_of
), reduced AS (
    SELECT *, CASE kind WHEN 'S' THEN second_place WHEN '4' THEN CASE WHEN technical > 0 THEN first_place
                   ELSE second_place END ELSE first_place END AS multiple_place,
           CASE WHEN kind = 'S' THEN (2 * of_family::HUGEINT * CASE WHEN standing = 1 THEN {whole}
                     WHEN standing <= {shares.LAST_TOLD} THEN {shares.LATER_SURGERY} END + {whole}) // (2 * {
        whole
    })
                WHEN kind = '5' THEN CASE WHEN first_place = 1 THEN {first_of_therapy} ELSE {
        later_of_therapy
    } END
                ELSE {
        _ratio(
            f"CASE WHEN first_place = 1 THEN technical * {whole} "
            f"WHEN uncapped * {later[0]} IS NOT NULL THEN least(technical * {whole}, uncapped * {later[0]}) END "
            f"+ professional * CASE WHEN second_place = 1 THEN {whole} ELSE {later[1]} END",
            f"(technical + professional) * {whole}",
        )
    } END AS multiple_share
      FROM stood
), either AS (
    SELECT {told}, rank_id, multiple_place, multiple_share, other_session FROM reduced
    UNION ALL
    SELECT {told}, NULL, 1, CASE kind WHEN 'S' THEN {whole} WHEN '5' THEN {first_of_therapy} ELSE {
        test_alone
    } END,
           told_apart
      FROM of_a_kind b
     WHERE NOT EXISTS (SELECT 1 FROM of_ranks r WHERE r.line_id = b.line_id)
    UNION ALL
    SELECT {told}, NULL, 1, {whole}, FALSE FROM bilateral WHERE kind IS NULL
), apart AS (
    SELECT *, CASE WHEN bilateral_share = {whole} AND role_share = {whole} THEN practitioner_share
                   ELSE (bilateral_share::HUGEINT * role_share * practitioner_share + {whole**2 // 2}) // {
        whole**2
    } END AS own_share,
           CASE WHEN units = 1 THEN 1000::BIGINT ELSE CAST(units * 1000 AS BIGINT) END AS thousandths
      FROM either
), due AS (
    SELECT *, CASE WHEN multiple_share = {whole} THEN own_share
                   ELSE (2 * multiple_share::HUGEINT * own_share + {whole}) // (2 * {whole}) END AS share,
           CASE WHEN kind IS NOT NULL THEN unit_fee::HUGEINT * thousandths * own_share END AS full_fee FROM apart
), topped AS (
    SELECT *, first_value(allowed) OVER of_rank AS top_allowed, first_value(full_fee) OVER of_rank AS top_fee
      FROM due WHERE rank_id IS NOT NULL
    WINDOW of_rank AS (PARTITION BY rank_id ORDER BY multiple_place, line_id)
    UNION ALL
    SELECT *, allowed, full_fee FROM due WHERE rank_id IS NULL
), told AS (
    SELECT *, CASE WHEN thousandths = 1000 THEN unit_fee::HUGEINT
                     ELSE (unit_fee::HUGEINT * thousandths + 500) // 1000 END AS fee,
           CASE WHEN thousandths = 1000 AND share = {whole} THEN unit_fee::HUGEINT
                ELSE (unit_fee::HUGEINT * thousandths * share + 500 * {whole}) // (1000 * {whole}) END AS due,
           CASE WHEN allowed > 0 AND top_allowed > 0 AND full_fee > 0 AND top_fee > 0
                THEN {
        _ratio("allowed * top_fee", "top_allowed * full_fee")
    } END AS paid_share, NOT known AS estimated
      FROM topped
)
SELECT line_id, CAST(fee AS BIGINT) AS fee, CAST(least(due, coalesce(charge, due)) AS BIGINT) AS expected,
       CAST(multiple_place AS INTEGER) AS multiple_place, {shown}, other_session, estimated
  FROM told"""
