"""Cronbach's alpha and Feldt's interval by pingouin, on five-point answers made here: writes alpha.json beside.

python make_alpha.py (pingouin 0.7.0, numpy 2.4.6)
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin

rng = np.random.default_rng(20)
cases = []
for respondents, items, loading in ((25, 3, 0.8), (60, 5, 0.5), (200, 8, 0.3)):
    seen = loading * rng.normal(size=(respondents, 1)) + rng.normal(size=(respondents, items))
    answers = np.clip(np.round(3.4 + seen), 1, 5).astype(int)
    alpha, limits = pingouin.cronbach_alpha(pd.DataFrame(answers))
    again = {level: pingouin.cronbach_alpha(pd.DataFrame(answers), ci=level)[1].tolist() for level in (0.8, 0.95)}
    cases.append({"answers": answers.tolist(), "alpha": alpha, "limits": again})

Path(__file__).with_name("alpha.json").write_text(json.dumps(cases) + "\n")
