"""Requests for slides in other languages: seen, and not read.

Half of a grammar understands the wrong thing. But who asks in German for a presentation, and hears
of books, does not learn that English would be understood.
"""

from __future__ import annotations

import re
from typing import Final

ENGLISH_ONLY: Final = (
    "Without a language model I understand requests for slides in English only; I changed nothing."
)

_NOUN: Final = (
    r"\b(?:präsentation(?:en)?|praesentation|folien?(?:satz)?|foliensätze|vortrag|"
    r"présentations?|diapos?|diapositives?|diaporamas?|"
    r"presentaci(?:ón|on|ones)|diapositivas?|"
    r"apresentaç(?:ão|ões)|apresentacao|slides?|"
    r"presentazion[ei]|diapositiv[ae]|presentaties?|dia's|"
    r"prezentacj[aęiey]|slajd\w*|презентаци\w*|слайд\w*|sunum\w*|slayt\w*|"
    r"prezentac[ei]|presentation(?:er|en)?|præsentation(?:er)?|bildspel|esitys|diat|"
    r"presentations?|power ?points?|pptx?|slide ?shows?|decks?)(?!\w)"
    r"|スライド|プレゼン|パワーポイント|幻灯片|演示|简报|簡報|投影片|슬라이드|프레젠테이션|파워포인트|"
    r"عرض\S* تقديمي|شرائح|प्रस्तुति|स्लाइड"
)
_VERB: Final = (
    r"\b(?:erstell\w*|mach(?:e|en|st|t)?|bau(?:e|en)?|schreib(?:e|en)?|generier\w*|entwirf|füge|"
    r"hinzu\w*|lösch\w*|entfern\w*|änder\w*|verschieb\w*|zeig(?:e|en)?|gib|brauch(?:e|en)?|"
    r"möchte|hätte|will ich|ich will|benötige|"
    r"crée[rsz]?|créez|crees|fais|faites|faire|prépare[rz]?|génère[rz]?|ajoute[rz]?|supprime[rz]?|"
    r"efface[rz]?|voudrais|veux|aimerais|besoin|montre[rz]?|donne[rz]?|change[rz]|déplace[rz]?|"
    r"crea(?:me|r)?|créame|haz(?:me|lo)?|hacer|genera(?:r)?|prepara(?:me|r)?|prepárame|añad[ea]\w*|"
    r"añadir|agrega(?:r)?|elimina(?:r)?|borra(?:r)?|quiero|necesito|quisiera|puedes|podrías|"
    r"muestra|"
    r"cri[ae](?:r)?|faz(?:er)?|faça|quero|preciso|adicion[ae](?:r)?|exclua|apague|pode|poderia|"
    r"fai|fammi|creare|aggiungi(?:ere)?|elimina(?:re)?|voglio|vorrei|puoi|potresti|mostra|"
    r"maak|maken|voeg|verwijder(?:en)?|wil|"
    r"stwórz|utwórz|zrób|przygotuj|dodaj|usuń|chcę|potrzebuję|"
    r"создай\w*|сделай\w*|подготовь\w*|добавь\w*|удали\w*|хочу|нужн\w*|"
    r"hazırla\w*|oluştur\w*|yap|yapın|yapar|ekle\w*|silin|vytvoř\w*|udělej\w*|přidej|skapa|gör|luo)"
    r"(?!\w)"
    r"|作っ|作成|追加|削除|作る|して|ください|做|制作|製作|创建|創建|生成|添加|删除|刪除|만들|추가|삭제|"
    r"해줘|أنشئ|اصنع|اعمل|أضف|احذف|बनाएं|बनाओ|बनाइए|जोड़"
)
_ENTITLED: Final = (
    r"(?:bitte |s'il (?:te|vous) plaît,? |por favor,? |per favore,? )?"
    r"(?:\d+ |eine? |une? |una |uma |um |een )?"
    r"(?:präsentation|folien|vortrag|présentation|diapositives|presentación|diapositivas|"
    r"apresentação|"
    r"presentazione|presentatie|prezentacja|презентация)"
    r" (?:über|zu|zum|zur|sur|sobre|acerca de|su|sulla|sul|over|o|на тему|о|об)\b"
)
_QUESTION: Final = (
    r"(?:was|wie|warum|wer|wo|wann|welche[rsnm]?|worum|woher|que|qu'est|qu|quoi|comment|pourquoi|"
    r"qui|"
    r"où|quel(?:le)?s?|qué|cómo|por qué|quién|dónde|cuál\w*|cuándo|o que|como|por que|quem|onde|"
    r"che|"
    r"cosa|perché|chi|dove|quale|wat|hoe|waarom|wie|co|jak|dlaczego|kto|что|как|почему|кто|где|ne|"
    r"nasıl|neden)\b"
)


def is_in_other_words(message: str) -> bool:
    """Whether a message asks for slides in another language than English, by its simple words."""
    text = " ".join(message.split())[:1000]
    if re.match(rf"\W*{_QUESTION}", text, re.IGNORECASE):
        return False
    if re.match(rf"\W*{_ENTITLED}", text, re.IGNORECASE):
        return True
    return bool(re.search(_NOUN, text, re.IGNORECASE) and re.search(_VERB, text, re.IGNORECASE))
