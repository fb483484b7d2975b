"""Small files as the Medicare Coverage Database publishes them: titles and makers of rows."""

import csv
import datetime as dt
import io

from auditor.reference.importers.interface import Peek
from auditor.reference.importers.mcd_files import FILES
from tests.reference.layouts import zipped

LCD = (
    "lcd_id lcd_version title determination_number orig_det_eff_date ent_det_end_date rev_eff_date rev_end_date "
    "indication diagnoses_support icd9_dont_support_para icd9_dont_support_ast diagnoses_dont_support "
    "coding_guidelines doc_reqs appendices util_guide source_info adv_meeting comment_start_dt comment_end_dt "
    "notice_start_dt rev_hist_num history_exp last_reviewed_on status last_updated cms_cov_policy display_id "
    "draft_contact revenue_para thirty_percent keywords associated_info notice_end_dt date_retired "
    "draft_released_date source_lcd_id add_icd10_info icd10_doc synopsis_changes bibliography summary_of_evidence "
    "analysis_of_evidence mcd_publish_date issue issue_change mac_initiated"
).split()
ARTICLE = (
    "article_id article_version article_type title article_pub_date article_eff_date article_end_date description "
    "other_comments sad_url status last_updated history_exp key_article icd9_covered_para icd9_noncovered_para "
    "revenue_para thirty_percent article_rev_end_date source_article_id date_retired keywords icd10_doc "
    "add_icd10_info cms_cov_policy display_id reference_article"
).split()
NCD = (
    "NCD_id NCD_vrsn_num natl_cvrg_type cvrg_lvl_cd NCD_mnl_sect NCD_mnl_sect_title NCD_efctv_dt NCD_impltn_dt "
    "NCD_trmntn_dt itm_srvc_desc indctn_lmtn xref_txt othr_txt trnsmtl_num trnsmtl_issnc_dt trnsmtl_url "
    "chg_rqst_num pblctn_cd rev_hstry under_rvw creatd_tmstmp last_updt_tmstmp last_clrnc_tmstmp NCD_lab "
    "ncd_keyword NCD_AMA"
).split()
CONTRACTOR = (
    "contractor_id contractor_type_id contractor_version contractor_bus_name contractor_number dmerc_rgn address1 "
    "address2 address3 city state_id zipcode phone fax status last_updated url email ignore status_flag cmd_name "
    "cmd_title contractor_subtype_id"
).split()
HCPC = (
    "hcpc_code_id hcpc_code_version hcpc_code_group range last_updated long_description short_description"
).split()
RELATED = (
    "related_num r_article_id r_article_version r_lcd_id r_lcd_version r_contractor_id last_updated".split()
)
MIDNIGHT = " 00:00:00"
CHANGED = "2025-06-20 22:11:51.747000000"
TABLES = {file.name: file.stored for file in FILES}


def keyed(kind, titles):
    return [f"{kind}_id", f"{kind}_version", *(titles if isinstance(titles, list) else titles.split())]


TITLES = {
    "lcd": LCD,
    "article": ARTICLE,
    "ncd_trkg": NCD,
    "contractor": CONTRACTOR,
    "contractor_jurisdiction": "contractor_id contractor_type_id contractor_version state_id last_updated active_date "
    "term_date".split(),
    "contractor_type_lookup": ["contractor_type_id", "description"],
    "contractor_subtype_lookup": ["contractor_subtype_id", "description"],
    "state_lookup": ["state_id", "state_abbrev", "description"],
    "lcd_future_retire": ["lcd_id", "retire_dt"],
    "article_x_icd10_covered": keyed(
        "article",
        "icd10_code_id icd10_code_version icd10_covered_group range last_updated sort_order description asterisk",
    ),
    "article_x_icd10_covered_group": keyed(
        "article", "icd10_covered_group paragraph last_updated icd10_covered_ast"
    ),
    "article_x_icd10_noncovered": keyed(
        "article",
        "icd10_code_id icd10_code_version icd10_noncovered_group range last_updated sort_order description",
    ),
    "article_x_icd10_noncovered_group": keyed("article", "icd10_noncovered_group paragraph last_updated"),
    "article_x_bill_code": keyed("article", "bill_code_id bill_code_version last_updated description"),
    "article_x_revenue_code": keyed(
        "article", "revenue_code_id revenue_code_version range last_updated description"
    ),
    "article_x_hcpc_modifier": keyed(
        "article",
        "hcpc_modifier_code_id hcpc_modifier_code_version hcpc_modifier_group last_updated description",
    ),
}
for kind in ("lcd", "article"):
    typed = "article_type " if kind == "article" else ""
    TITLES |= {
        f"{kind}_x_hcpc_code": keyed(kind, HCPC),
        f"{kind}_x_hcpc_code_group": keyed(kind, "hcpc_code_group paragraph last_updated"),
        f"{kind}_related_documents": keyed(kind, RELATED),
        f"{kind}_related_ncd_documents": keyed(kind, "related_num r_ncd_id r_ncd_version last_updated"),
        f"{kind}_x_contractor": keyed(
            kind, f"{typed}contractor_id contractor_type_id contractor_version last_updated"
        ),
        f"{kind}_x_primary_jurisdiction": keyed(kind, "state_id last_updated"),
    }


def text(name, *rows, titles=None, encoding="cp1252"):
    """A csv file as it is published; rows give what is not blank."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(titles or TITLES[name])
    for row in rows:
        assert set(row) <= set(titles or TITLES[name]), set(row) - set(titles or TITLES[name])
        writer.writerow([row.get(title, "") for title in titles or TITLES[name]])
    return out.getvalue().encode(encoding)


def lcd(**cells):
    made = {
        "lcd_id": "33312",
        "lcd_version": "37",
        "title": "Made up",
        "status": "A",
        "last_updated": CHANGED,
    }
    return {
        **made,
        "orig_det_eff_date": "2015-10-01 00:00:00",
        "rev_eff_date": "2024-01-01 00:00:00",
        **cells,
    }


def article(**cells):
    made = {"article_id": "52369", "article_version": "4", "title": "Made up", "status": "A"}
    dates = {"article_pub_date": "2023-12-01 00:00:00", "article_eff_date": "2024-01-01 00:00:00"}
    return {**made, **dates, "last_updated": CHANGED, **cells}


def ncd(**cells):
    made = {"NCD_id": "20", "NCD_vrsn_num": "3", "natl_cvrg_type": "True", "NCD_mnl_sect_title": "Made up"}
    return {**made, "NCD_efctv_dt": "2023-04-10 00:00:00", "last_updt_tmstmp": "2024-06-05 18:12:09", **cells}


def contractor(**cells):
    made = {"contractor_id": "139", "contractor_type_id": "10", "contractor_version": "2"}
    return {
        **made,
        "contractor_bus_name": "A company",
        "contractor_number": "01111",
        "last_updated": CHANGED,
        **cells,
    }


def code(kind, **cells):
    made = {
        f"{kind}_id": "33312",
        f"{kind}_version": "37",
        "hcpc_code_id": "A9900",
        "hcpc_code_version": "97",
    }
    return {**made, "hcpc_code_group": "4", "range": "N", "last_updated": "2025-03-25 18:07:03", **cells}


def nested(name, files):
    """all_lcd -> all_lcd_csv.zip -> csv."""
    return zipped({f"{name}_csv.zip": zipped({f"{file}.csv": content for file, content in files.items()})})


def one(desk, name, *rows, **options):
    return desk.take(desk.write(f"{name}.csv", text(name, *rows)), **options)[0]


def peek(content):
    return Peek(tuple(content.decode("cp1252").split("\r\n")), is_sheet=False, name="file.csv")


def day(written):
    return dt.date.fromisoformat(written) if written else None
