"""Lines to measure voices by, in the languages that benchmarks/lines.py has none of. No setting was chosen by them."""

from __future__ import annotations

import lines

HELD_OUT: dict[str, tuple[str, ...]] = {
    **{language: lines.HELD_OUT[language] for language in ("zh", "en", "ja", "mixed")},
    "ko": (
        "문을 열지 말라고 분명히 말했잖아요.",
        "내일 아침 여섯 시에 항구에서 만나요.",
        "할머니는 바다를 보면서 조용히 웃었어요.",
        "어제 밤에 누가 우리 집에 왔어요.",
        "걱정하지 마세요, 다 잘될 거예요.",
        "그 사람의 이름을 다시 말해 주세요.",
    ),
    "es": (
        "Te dije que no abrieras esa puerta.",
        "Mañana por la mañana nos vemos en el puerto.",
        "Mi abuela decía que el mar nunca olvida.",
        "¿Crees de verdad que ella te va a perdonar?",
        "Baja el arma y aléjate de la ventana.",
        "No he dormido desde el jueves, así que date prisa.",
    ),
    "fr-fr": (
        "Je t'avais dit de ne pas ouvrir cette porte.",
        "Demain matin, nous nous retrouverons au port.",
        "Ma grand-mère disait que la mer n'oublie jamais.",
        "Tu crois vraiment qu'elle va te pardonner ?",
        "Posez votre arme et éloignez-vous de la fenêtre.",
        "Je n'ai pas dormi depuis jeudi, alors fais vite.",
    ),
    "it": (
        "Ti avevo detto di non aprire quella porta.",
        "Domani mattina ci vediamo al porto.",
        "Mia nonna diceva che il mare non dimentica mai.",
        "Credi davvero che lei ti perdonerà?",
        "Metti giù la pistola e allontanati dalla finestra.",
        "Non dormo da giovedì, quindi fai presto.",
    ),
    "pt-br": (
        "Eu te disse para não abrir aquela porta.",
        "Amanhã de manhã nos encontramos no porto.",
        "Minha avó dizia que o mar nunca esquece.",
        "Você acha mesmo que ela vai te perdoar?",
        "Abaixe a arma e se afaste da janela.",
        "Eu não durmo desde quinta-feira, então fale logo.",
    ),
    "hi": (
        "मैंने तुमसे कहा था कि वह दरवाज़ा मत खोलना।",
        "कल सुबह हम स्टेशन पर मिलेंगे।",
        "मेरी दादी कहती थीं कि समुद्र कभी नहीं भूलता।",
        "क्या तुम्हें लगता है कि वह तुम्हें माफ़ करेगी?",
        "बंदूक नीचे रखो और खिड़की से दूर हटो।",
        "चिंता मत करो, सब ठीक हो जाएगा।",
    ),
}
