"""Lines to measure voices by, those of benchmarks/lines.py and some in its other languages.

Voices are chosen by TUNING; nothing was ever chosen by HELD_OUT.
"""

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

TUNING: dict[str, tuple[str, ...]] = {
    **{language: lines.TUNING[language] for language in ("zh", "en", "ja", "mixed")},
    "ko": (
        "열쇠를 어디에 두었는지 기억나요?",
        "누가 물어보면 우리는 여기 없었어요.",
        "총을 내려놓고 천천히 뒤로 물러나요.",
        "선생님이 어제 전화를 하셨어요.",
        "비가 오니까 우산을 가지고 가세요.",
        "나는 그 약속을 잊은 적이 없어요.",
    ),
    "es": (
        "¿Dónde has puesto las llaves del coche?",
        "Si alguien pregunta, nunca estuvimos aquí.",
        "El capitán no contesta nuestras llamadas.",
        "Escúchame, no hay tiempo para explicaciones.",
        "Hace treinta años aquí solo había un camino.",
        "Pase lo que pase mañana, me alegro de que hayas vuelto.",
    ),
    "fr-fr": (
        "Où est-ce que tu as mis les clés de la voiture ?",
        "Si quelqu'un demande, nous n'étions pas là.",
        "Le capitaine ne répond plus à nos appels.",
        "Écoute-moi, on n'a pas le temps d'expliquer.",
        "Il y a trente ans, il n'y avait ici qu'un chemin.",
        "Quoi qu'il arrive demain, je suis content que tu sois revenu.",
    ),
    "it": (
        "Dove hai messo le chiavi della macchina?",
        "Se qualcuno chiede, noi non siamo mai stati qui.",
        "Il capitano non risponde alle nostre chiamate.",
        "Ascoltami, non c'è tempo per le spiegazioni.",
        "Trent'anni fa qui c'era soltanto una strada.",
        "Qualunque cosa accada domani, sono felice che tu sia tornato.",
    ),
    "pt-br": (
        "Onde você colocou as chaves do carro?",
        "Se alguém perguntar, nós nunca estivemos aqui.",
        "O capitão não responde às nossas chamadas.",
        "Escute, não há tempo para explicações.",
        "Há trinta anos aqui só havia uma estrada.",
        "Aconteça o que acontecer amanhã, estou feliz que você voltou.",
    ),
    "hi": (
        "तुमने गाड़ी की चाबियाँ कहाँ रखी हैं?",
        "अगर कोई पूछे तो हम यहाँ कभी नहीं आए।",
        "कप्तान हमारे फ़ोन का जवाब नहीं दे रहा है।",
        "मेरी बात सुनो, समझाने का समय नहीं है।",
        "तीस साल पहले यहाँ सिर्फ़ एक सड़क थी।",
        "बाहर बारिश हो रही है, छाता ले जाओ।",
    ),
}
