"""Small valid files of every format, made up: what fuzzing starts from."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import duckdb
import openpyxl

_ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240801*1200*^*00501*000000001*0*P*:~"


def _interchange(kind: str, version: str, body: str) -> bytes:
    segments = [part for part in body.replace("\n", "").split("~") if part]
    made = [f"GS*{kind}*S*R*20240801*1200*1*X*{version}", f"ST*{body[:3]}*0001*{version}", *segments[1:]]
    made.append(f"SE*{len(segments) + 1}*0001")
    return (_ISA + "~".join([*made, "GE*1*1", "IEA*1*000000001"]) + "~").encode()


_HEADER = (
    "BHT*0019*00*1*20240801*1200*CH~NM1*41*2*S*****46*1~NM1*40*2*R*****46*2~HL*1**20*1~"
    "NM1*85*2*GROUP*****XX*1234567893~N3*1 A ST~N4*AUSTIN*TX*78701~REF*EI*987654321~HL*2*1*22*0~SBR*P*18*******MB~"
    "NM1*IL*1*DOE*JO****MI*M1~DMG*D8*19500101*F~NM1*PR*2*PAYER*****PI*P1~"
)


def x12_837p() -> bytes:
    """A professional claim with two lines, and one of a dependent with another payer's adjudication."""
    return _interchange(
        "HC", "005010X222A1", "837~" + _HEADER + "CLM*C1*150***11:B:1*Y*A*Y*Y~HI*ABK:E119*ABF:I10~NM1*82*1*X*Y****XX*1"
        "234567893~LX*1~SV1*HC:99213:25*100*UN*1***1:2~DTP*472*D8*20240801~REF*6R*L1~LX*2~SV1*HC:81002*50*UN*1***1~"
        "DTP*472*RD8*20240801-20240802~LIN**N4*00002751001~CTP****2*ML~HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*AL~"
        "DMG*D8*20100101*M~CLM*C2*80***22:B:7*Y*A*Y*Y~REF*F8*ICN1~HI*ABK:J069~SBR*P*18*******CI~CAS*PR*1*10~AMT*D*70~"
        "NM1*PR*2*OTHER*****PI*P2~LX*1~SV1*HC:99214*80*UN*1***1~DTP*472*D8*20240803~SVD*P2*70*HC:99214**1~CAS*PR*1*10~"
        "DTP*573*D8*20240810~",
    )  # fmt: skip


def x12_837i() -> bytes:
    """An institutional claim with a stay, a procedure and two revenue lines."""
    return _interchange(
        "HC", "005010X223A2", "837~" + _HEADER + "CLM*I1*900***13:A:1**A*Y*Y~DTP*434*RD8*20240801-20240802~"
        "DTP*435*DT*202408010900~CL1*1*1*01~HI*ABK:I10:::::::Y~HI*BBR:0DTJ4ZZ:D8:20240801~HI*BE:80:::2~NM1*71*1*A*B****XX*"
        "1234567893~LX*1~SV2*0450*HC:99284*500*UN*1~DTP*472*D8*20240801~LX*2~SV2*0250**400*UN*3~DTP*472*D8*20240801~",
    )  # fmt: skip


def x12_837d() -> bytes:
    """A dental claim."""
    return _interchange(
        "HC", "005010X224A2", "837~" + _HEADER + "CLM*D1*60***11:B:1*Y*A*Y*Y~DTP*472*D8*20240801~LX*1~"
        "SV3*AD:D0120*60****1~TOO*JP*12*L:O~",
    )  # fmt: skip


def x12_835() -> bytes:
    """A remittance of two claims, one reversed and corrected, with a provider's adjustment."""
    return _interchange(
        "HP", "005010X221A1", "835~BPR*I*130*C*ACH************20240810~TRN*1*1*1~N1*PR*PAYER~N1*PE*GROUP*XX*1234567893~"
        "LX*1~CLP*C1*1*150*100*20*MB*ICN1*11*1~CAS*PR*2*20~NM1*QC*1*DOE*JO****MI*M1~DTM*232*20240801~SVC*HC:99213:25*100*80"
        "**1~DTM*472*20240801~CAS*CO*45*20~REF*6R*L1~AMT*B6*80~LQ*HE*N130~SVC*HC:81002*50*20**1~DTM*472*20240801~"
        "CAS*CO*45*10~CLP*C2*22*-80*-70**12*ICN2~SVC*HC:99214*-80*-70~DTM*472*20240803~CAS*CO*45*-10~"
        "CLP*C2*1*80*100**12*ICN3~SVC*HC:99214*80*100~DTM*472*20240803~PLB*1234567893*20241231*WO:1*0~",
    )  # fmt: skip


def csv_plain() -> bytes:
    """A practice's export with a few odd cells."""
    return (
        b"claim_id,line_no,patient_id,date_from,code,mod1,mod2,units,charge,paid,dx1,dx_ptr\n"
        b'A,1,P1,2024-08-01,99213,25,,1,"1,100.50",64.25,E11.9,1\n'
        b"A,2,P1,08/01/2024,81002,,,1,50,(20.00),E11.9,A\nB,1,P2,20240802,J1885,JW,,2.0,$80,70,,\n"
    )


def tuva() -> bytes:
    """Tuva's medical_claim."""
    head = (
        "claim_id,claim_line_number,claim_type,person_id,payer,plan,claim_start_date,claim_end_date,"
        "claim_line_start_date,hcpcs_code,hcpcs_modifier_1,hcpcs_modifier_2,revenue_center_code,service_unit_quantity,"
        "place_of_service_code,bill_type_code,rendering_npi,billing_npi,paid_amount,allowed_amount,charge_amount,"
        "diagnosis_code_1,data_source"
    )
    rows = (
        "C1,1,professional,P1,X,Y,2024-08-01,2024-08-01,,99213,25,,,1,11,,1234567893,,64,80,100,E119,s\n"
        "C2,1,institutional,P1,X,Y,2024-08-02,2024-08-02,2024-08-02,99284,,,0450,1,,131,,1234567893,300,,500,I10,s\n"
    )
    return f"{head}\n{rows}".encode()


def rif_carrier() -> bytes:
    """A carrier file of the CCW, one row a line."""
    head = (
        "DML_IND|BENE_ID|CLM_ID|CLM_GRP_ID|FINAL_ACTION|NCH_NEAR_LINE_REC_IDENT_CD|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT|"
        "CARR_CLM_PMT_DNL_CD|CLM_PMT_AMT|PRNCPAL_DGNS_CD|PRNCPAL_DGNS_VRSN_CD|ICD_DGNS_CD1|ICD_DGNS_VRSN_CD1|LINE_NUM|"
        "PRF_PHYSN_NPI|TAX_NUM|PRVDR_SPCLTY|LINE_SRVC_CNT|LINE_PLACE_OF_SRVC_CD|LINE_1ST_EXPNS_DT|LINE_LAST_EXPNS_DT|HCPCS_CD|"
        "HCPCS_1ST_MDFR_CD|HCPCS_2ND_MDFR_CD|LINE_NCH_PMT_AMT|LINE_SBMTD_CHRG_AMT|LINE_ALOWD_CHRG_AMT|LINE_PRCSG_IND_CD|"
        "LINE_ICD_DGNS_CD|LINE_ICD_DGNS_VRSN_CD"
    )
    row = (
        "INSERT|-1|-2|9|F|O|71|01-Aug-2024|01-Aug-2024|1|64.25|E119|0|E119|0|1|1234567893|987|08|1|11|01-Aug-2024|"
        "01-Aug-2024|99213|25||64.25|100|80|A|E119|0"
    )
    return (
        f"{head}\n{row}\n{row.replace('|1|1234567893', '|2|1234567893').replace('99213', '81002')}\n".encode()
    )


def synpuf() -> bytes:
    """A carrier row of DE-SynPUF with two of its thirteen lines."""
    parts = [
        "DESYNPUF_ID",
        "CLM_ID",
        "CLM_FROM_DT",
        "CLM_THRU_DT",
        *(f"ICD9_DGNS_CD_{n}" for n in range(1, 9)),
    ]
    kinds = (
        "PRF_PHYSN_NPI", "TAX_NUM", "HCPCS_CD", "LINE_NCH_PMT_AMT", "LINE_BENE_PTB_DDCTBL_AMT", "LINE_COINSRNC_AMT",
        "LINE_ALOWD_CHRG_AMT", "LINE_PRCSG_IND_CD", "LINE_ICD9_DGNS_CD", "LINE_BENE_PRMRY_PYR_PD_AMT",
    )  # fmt: skip
    parts += [f"{kind}_{n}" for kind in kinds for n in range(1, 14)]
    held = {
        "DESYNPUF_ID": "A1", "CLM_ID": "8", "CLM_FROM_DT": "20080801", "CLM_THRU_DT": "20080801",
        "ICD9_DGNS_CD_1": "25000", "HCPCS_CD_1": "99213", "LINE_NCH_PMT_AMT_1": "50.00",
        "LINE_ALOWD_CHRG_AMT_1": "60.00", "LINE_PRCSG_IND_CD_1": "A",
        "PRF_PHYSN_NPI_1": "1234567893", "TAX_NUM_1": "987", "HCPCS_CD_2": "81002", "LINE_NCH_PMT_AMT_2": "5.00",
    }  # fmt: skip
    quoted = [",".join(f'"{name}"' for name in parts), ",".join(f'"{held.get(name, "")}"' for name in parts)]
    return ("\n".join(quoted) + "\n").encode()


def fhir() -> bytes:
    """Two explanations of benefit, one of R4 and one of STU3, a line each."""
    r4 = {
        "resourceType": "ExplanationOfBenefit", "id": "1", "status": "active", "use": "claim", "outcome": "complete",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
        "patient": {"reference": "Patient/1"}, "billablePeriod": {"start": "2024-08-01", "end": "2024-08-01"},
        "careTeam": [{"sequence": 1, "provider": {"identifier": {
            "system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}}}],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{
            "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]}}],
        "item": [{
            "sequence": 1, "careTeamSequence": [1], "diagnosisSequence": [1], "servicedDate": "2024-08-01",
            "productOrService": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]},
            "modifier": [{"coding": [{"code": "25"}]}], "quantity": {"value": 1},
            "adjudication": [{"category": {"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": code}]},
                "amount": {"value": value, "currency": "USD"}}
                for code, value in (("submitted", 100), ("eligible", 80), ("benefit", 64.25))],
        }],
    }  # fmt: skip
    stu3 = json.loads(json.dumps(r4)) | {"id": "2"}
    stu3["item"][0]["service"] = stu3["item"][0].pop("productOrService")
    return b"\n".join(json.dumps(one).encode() for one in (r4, stu3)) + b"\n"


def synthea() -> bytes:
    """Charges and payments of Synthea's claims_transactions."""
    head = (
        "ID,CLAIMID,CHARGEID,PATIENTID,TYPE,AMOUNT,METHOD,FROMDATE,TODATE,PLACEOFSERVICE,PROCEDURECODE,MODIFIER1,MODIFIER2,"
        "DIAGNOSISREF1,DIAGNOSISREF2,DIAGNOSISREF3,DIAGNOSISREF4,UNITS,DEPARTMENTID,NOTES,UNITAMOUNT,TRANSFEROUTID,"
        "TRANSFERTYPE,PAYMENTS,ADJUSTMENTS,TRANSFERS,OUTSTANDING,APPOINTMENTID,LINENOTE,PATIENTINSURANCEID,FEESCHEDULEID,"
        "PROVIDERID,SUPERVISINGPROVIDERID"
    )
    row = "1,C,1,P,CHARGE,100,,2024-08-01T00:00:00Z,2024-08-01T00:10:00Z,O,99213,,,1,,,,1,1,,100,,,,,,,A,,,1,V,V"
    paid = "2,C,1,P,PAYMENT,,CC,2024-08-01T00:00:00Z,2024-08-01T00:10:00Z,O,99213,,,,,,,,1,,,,,64.25,0,0,0,A,,,1,V,V"
    return f"{head}\n{row}\n{paid}\n".encode()


def xlsx() -> bytes:
    """A workbook with a title above its header, numbers for codes and a date cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Claims of August"])
    sheet.append(["claim_id", "line_no", "patient_id", "date_from", "code", "units", "paid"])
    sheet.append(["A", 1, "P", "2024-08-01", 99213, 1, 64.25])
    sheet.append(["A", 2, "P", "2024-08-01", "81002", 1.0, 20])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    """Three lines as Parquet."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.parquet"
        duckdb.sql(
            "SELECT 'A' AS claim_id, n AS line_no, 'P' AS patient_id, DATE '2024-08-01' AS date_from, '99213' AS code, "
            "1 AS units, 64.25 AS paid FROM range(1, 4) t(n)"
        ).write_parquet(str(path))
        return path.read_bytes()


def cclf_physicians() -> bytes:
    """Two lines of CCLF5, and one that cancels the first; records of 388 characters (CCLF Information Packet 36)."""
    at = {
        "1000000000001": 1, "1A": 24, "71": 46, "2024-02-01": 48, "2024-02-01 ": 58, "08": 73, "11": 76,
        "2024-02-01  ": 78, "2024-02-01   ": 88, "99213": 98, "80.00": 103, "111222333": 126, "1000000001": 136,
        "1": 146, "A": 148, "0": 150, "2024-02-20": 152, "2024-02-21": 162, "C1": 172, "100.00": 223, "1.0000": 240,
        "E119": 276,
    }  # fmt: skip

    def record(line: int, **put: str) -> str:
        text = [" "] * 388
        for value, first in at.items():
            text[first - 1 : first - 1 + len(value.strip())] = value.strip()
        text[13:23] = f"{line:>10}"
        if put:
            text[149] = put["adjustment"]
        text[331] = "0"
        return "".join(text)

    return "".join(f"{one}\n" for one in (record(1), record(2), record(1, adjustment="1"))).encode()


def cclf_headers() -> bytes:
    """CCLF5 as an export with the names of its columns."""
    head = (
        "cur_clm_uniq_id,clm_line_num,bene_mbi_id,clm_type_cd,clm_from_dt,clm_thru_dt,clm_prvdr_spclty_cd,clm_pos_cd,"
        "clm_line_from_dt,clm_line_thru_dt,clm_line_hcpcs_cd,clm_line_cvrd_pd_amt,clm_rndrg_prvdr_tax_num,"
        "rndrg_prvdr_npi_num,clm_carr_pmt_dnl_cd,clm_prcsg_ind_cd,clm_adjsmt_type_cd,clm_efctv_dt,clm_cntl_num,"
        "clm_line_alowd_chrg_amt,clm_line_srvc_unit_qty,hcpcs_1_mdfr_cd,clm_dgns_1_cd,dgns_prcdr_icd_ind"
    )
    row = (
        "1000000000001,1,1A,71,2024-02-01,2024-02-01,08,11,2024-02-01,2024-02-01,99213,80.00,111222333,1000000001,1,A,0,"
        "2024-02-20,C1,100.00,1.0000,25,E119,0"
    )
    return f"{head}\n{row}\n".encode()


SEEDS: dict[str, tuple[Callable[[], bytes], ...]] = {
    "x12": (x12_837p, x12_837i, x12_837d),
    "x12-835": (x12_835,),
    "csv": (csv_plain,),
    "tuva": (tuva,),
    "rif": (rif_carrier,),
    "desynpuf": (synpuf,),
    "fhir": (fhir,),
    "synthea": (synthea,),
    "xlsx": (xlsx,),
    "parquet": (parquet,),
    "cclf": (cclf_physicians, cclf_headers),
}
"""By the name of a fuzzing run, the files that it begins with."""
