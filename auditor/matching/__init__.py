"""From rules to candidates: each rule's set-based part compiled to DuckDB SQL over claim lines and dated tables."""
