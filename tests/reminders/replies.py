"""Replies as patients and their families write them, each behind what it says.

O ends texting, U that is a guess, S START, H HELP, E 911, W call us, M a medicine, - nothing a machine may tell, a number
the answer. A warning beside an emergency is not looked at: the emergency's answer goes first.
"""

DRUGS = frozenset(
    "warfarin coumadin jantoven warfarina eliquis apixaban apixabán aspirin aspirina plavix clopidogrel xarelto".split()
) | {"aspirin with dipyridamole", "low-dose aspirin", "ácido acetilsalicílico"}

ENDING = """
O STOP
O stop
O Stop.
O STOP!!!
O "STOP"
O ‘Stop’
O   stop
O STOP STOP
O STOP STOP STOP
O S T O P
O s.t.o.p.
O STOPPPPP
O 🛑 STOP 🛑
O stop 😡
O ＳＴＯＰ
O ST\u200bOP
O stopall
O STOP ALL
O Unsubscribe
O unsuscribe
O UNSUBCRIBE
O unsubscibe please unsubscribe
O cancel
O CANCEL.
O Cancle
O END
O end.
O quit
O QUIT!
O revoke
O OPTOUT
O opt out
O Opt-Out
O remove
O remove me
O ARRET
O arrêt
O ARRÊT
O Stpo
O sotp
O stopp
O STP
O STOP cancel
O no more
O No more.
O ALTO
O parar
O PARE
O paren
O ¡Paren!
O ¡ALTO!
O baja
O BAJA.
O cancelar
O canselar
O fin
O FIN
O salir
O terminar
O Detener
O no más
O NO MAS
O no mas mensajes
O nomas mensajes
O No más mensajes.
O please stop texting me
O Please STOP sending me these messages
O stop texting
O stop txting me
O Stop texting this number!!
O stop the texts
O stop all these stupid texts
O quit texting me
O quit sending me stuff like this every day stop the texts
O cancel my texts
O cancel these reminders please
O end these messages
O end all messages
O do not text me anymore
O don't text me
O Don’t text me again
O dont txt me no more
O DO NOT TEXT ME
O do not contact me
O do not message this number
O please do not send me any more messages
O dont send me anymore texts
O dont send me nothing
O i dont want these messages
O I do not want to receive texts
O I dont want any more of your texts
O I no longer want these messages
O no longer wish to receive text messages
O no more messages
O no more texts please
O No more texting please, call my daughter
O no texts
O leave me alone
O just leave us alone
O take me off this list
O take me off your list
O Please take my number off your list
O remove me from your list
O please remove my number
O remove my name from this
O delete my number
O lose my number
O unsubscribe me
O I want to unsubscribe
O how do I unsubscribe
O I want to opt out
O opt me out please
O I revoke my consent
O i withdraw my consent to texts
O wrong number, stop
O wrong number stop texting
O This is not Maria. Wrong number. Stop.
O My name is Bob, please stop messaging me, I never signed up
O Can I stop getting texts?
O how do i stop these messages
O Stop texting me about my visit
O stop sending messages to my mother
O deje de enviarme mensajes
O dejen de mandarme mensajes
O Por favor dejen de mandar mensajes
O deje de escribirme
O dejen de escribir
O pare de mandarme textos
O para de mandarme mensajes
O paren los mensajes
O cancelar mensajes
O cancelen los mensajes por favor
O no me escriban más
O no me escriba mas por favor
O No me manden más mensajes
O no me mande mensajes
O no me envíen mensajes
O no me envien nada
O no me vuelvan a escribir
O ya no me manden mensajes
O ya no me escriban
O no quiero mensajes
O no quiero más mensajes
O NO QUIERO RECIBIR MENSAJES
O no quiero recibir mas mensajes de ustedes
O ya no quiero recibir sus mensajes
O no quiero que me manden mensajes
O no deseo recibir mensajes
O quítenme de la lista
O quiteme de la lista por favor
O quíteme de su lista
O saquenme de esa lista
O borren mi numero
O bórrenme
O elimine mi número por favor
O denme de baja
O deme de baja
O quiero darme de baja
O déjenme en paz
O dejeme tranquila
O ya dejenme en paz
O please paren los mensajes thank you
OU stop it
OU please stop
OU Please stop.
OU stop please
OU pls stop
OU STOP PLEASE!!
OU stop thank you
OU stop this
OU I want to stop
OU i would like to stop
OU cancel please
OU please cancel
OU I need to cancel
OU enough
OU stop bothering my mother
OU stop bothering me
OU quit bugging me
OU stop calling me
OU dont call me
OU no me llamen
OU dejen de molestar
OU deje de llamarme
OU no me molesten
OU wrong number
OU you have the wrong number
OU Sorry wrong person
OU numero equivocado
OU número equivocado señor
OU se equivocó de número
OU don't text me at night
OU please do not text me before 9
OU no me manden mensajes de noche
OU not interested
OU no me interesa
OU no quiero nada más
OU no quiero nada
OU ya no quiero
OU basta
OU ya basta
OU por favor pare
OU pare por favor
OU paren ya
OU quiero cancelar
OU cancelar por favor
OU go away
OU I don't want this anymore
OU reply stop
OU I said STOP
OU ok stop
OU stop I am tired of this
OU sick of these texts
OU can you stop
OU would you please stop
O can you please stop texting my husband he is 90
- please don't stop texting me, it helps
- don't stop the messages
- I dont want to unsubscribe
- i did not mean to opt out
- no dejen de enviarme mensajes
- no quiero que paren los mensajes
- I didn't get your text
- no message received
- thank you for the messages
- gracias por los mensajes
- I don't text much, call me
- Can you text my daughter too
- my bus stop is far from the hospital
- I'll stop by tomorrow for the papers
- we can stop at the desk first
- is there a bus stop there
- end of the week?
- fin de semana?
- I quit smoking
- He quit smoking in 1990
- should I stop eating at midnight
- when do i stop drinking water
- when should I stop driving
- can't stop coughing
- cant stop crying
- I have to cancel my appointment
- need to cancel the procedure
- cancel my visit please
- Please cancel my appointment for Tuesday
- I want to cancel surgery
- can I cancel and reschedule
- quiero cancelar mi cita
- cancelar cita
- tengo que cancelar la cita del martes
- necesito cancelar el procedimiento
- can i remove the bandage
- when can I take off the brace
- puedo salir a caminar
- a que hora termina la cita
- at the end of the month
- the end of the hall?
- para mañana esta bien
- para que hora es
- esta de baja mi hijo
- tengo el azucar alto
- I removed it from my list
"""

ASKING = """
S START
S start
S Start!
S start start
S UNSTOP
S unstop.
S EMPEZAR
S comenzar
S Iniciar
- yes
- Yes please
- si
- sí
- I will start walking
- when do we start
- start over?
H HELP
H help
H Help!
H HELP?
H help please
H INFO
H info.
H AYUDA
H ¡Ayuda!
H ayuda por favor
H información
HW help me
HW HELP ME!!
HW ayúdame
HW please help me
- can you help with parking
- thanks for your help
- gracias por su ayuda
E help me i cant breathe
E HELP chest pain
E ayuda no puedo respirar
E ayudenme me duele el pecho
"""

MEDICINES = """
M I stopped my warfarin
M stopped warfarin
M I stopped my warfrin yesterday
M Stopped coumadin on Monday
M i stoped my cumadin
M ya dejé la warfarina
M dejé la aspirina
M paré la warfarina ayer
M Deje la aspirina hace 3 dias
M suspendí el apixabán
M suspendi eliquis
M when do I stop the blood thinner
M When do I stop my blood thinners?
M when do i stop
M should I stop Eliquis
M can I stop aspirin
M do I have to stop my aspirin?
M how long before do I stop plavix
M STOP WARFARIN?
M stop aspirin 5 days before?
M stop my pills?
M can I cancel my prescription?
M please stop my mothers medications
M My doctor told me to stop xarelto
M the nurse said to stop 5 days before
M I took my aspirin this morning
M took eliquis by mistake
M i forgot and took my blood thinner
M forgot to take my pills
M forgot to stop the coumadin
M missed a dose
M I missed my dose last night
M skipped my morning pill
M I stopped it yesterday
M i stopped taking it 3 days ago
M already stopped
M I stopped
M stopped taking them
M when can I start taking it again
M when can I restart
M can I take tylenol
M can i take ibuprofen for the pain
M am I allowed to take my insulin
M should I take my morning medicine
M do I take my meds with water
M I am still on warfarin
M still taking plavix
M started clopidogrel again
M ran out of my blood thinner
M I take aspirin with dipyridamole
M took ácido acetilsalicilico
M aspirin ok?
M Is low-dose aspirin a blood thinner
M tomé la aspirina hoy
M tome mi medicina
M se me olvidó tomar la pastilla
M se me olvido tomarla
M no la tomé hoy
M ya la dejé
M ya no la tomo
M puedo tomar aspirina
M puedo tomar tylenol?
M puedo tomar mis pastillas con agua
M cuando dejo la warfarina
M cuándo debo parar
M debo dejar el anticoagulante?
M cuando vuelvo a tomar mi medicina
M deje de tomar la pastilla
M dejé de tomarla
M me salté una dosis
M empecé otra vez con eliquis
M sigo tomando aspirina
M se me acabaron las pastillas
M I stopped my warfarina ayer ok?
M my husband stopped his plavix 4 days ago like you said
M Doctor said hold my Coumadin but you said nothing
OM stop texting me, I already stopped my warfarin
OM ya dejé la aspirina, no me manden mas mensajes
- I stopped smoking
- I stopped eating at midnight
- i stopped by the office
- My medicine list is on the fridge
- thank you for the medicine plan
- I took it easy today
- tomé un taxi
- voy a tomar el bus
- when do I stop eating
- medical records please
MW i took two aspirin and now my stomach is bleeding
ME I took too many pills
ME tomé demasiadas pastillas
MW i took my eliquis twice
"""

DANGER = """
E chest pain
E Chest Pain!!
E CHEST PAINS
E my chest hurts
E my chest is tight
E pain in my chest
E having pain in the chest since last night
E chest pian
E cheast pain
E chst hurts
E ches pain
E my heart hurts
E pressure on my chest
E chest feels heavy
E burning in chest
E i think its a heart attack
E dolor de pecho
E DOLOR DE PECHO
E tengo dolor en el pecho
E me duele el pecho
E me duele mucho el pexo
E siento presión en el pecho
E opresión en el pecho
E punzadas en el pecho
E me aprieta el pecho
E trouble breathing
E I can't breathe
E I can’t breathe
E cant breath
E cant breathe
E can not breathe
E I cannot breath good
E short of breath
E short of breth
E shortness of breath
E hard to breathe
E hard to brethe
E difficulty breathing
E having a hard time breathing
E cant catch my breath
E out of breath cant get air
E he is not breathing
E she isnt breathing right
E gasping for air
E I am choking
E no puedo respirar
E no puedo respirar bien
E NO PUEDO RESPIRAR
E no puede respirar mi mamá
E dificultad para respirar
E me cuesta respirar
E me cuesta trabajo respirar
E me falta el aire
E me falta la respiración
E me ahogo
E no respira
E sin aire
E numb leg
E legs r numb
E my legs are numb
E my leg is num
E my legs feel weak
E legs are week
E leg weakness
E numbness in both my legs
E my left leg went numb this morning
E my foot is tingling
E tingling in arms and hands
E pins and needles in my feet
E my arm is numb
E no feeling in my legs
E I have no feeling in my legs
E can't feel my legs
E I cant feel my feet
E cant move my legs
E can't move my leg
E legs gave out
E my legs give out
E my knees are buckling
E my leg wont move
E my leg feels dead
E numb from the waist down
E I cant walk
E he can't walk anymore
E can't stand up
E piernas dormidas
E se me duermen las piernas dormidas estan
E piernas débiles
E piernas debiles
E tengo las piernas entumecidas
E piernas adormecidas
E pierna dormida
E debilidad en las piernas
E no siento las piernas
E no siento mis pies
E no puedo mover las piernas
E no puedo mover la pierna
E hormigueo en los pies
E se me durmió la pierna
E no puedo caminar
E no tengo fuerza, no fuerza en las piernas
E lost control of my bladder
E I can't control my bladder
E loss of bladder control
E lost bowel control
E no bladder control
E no control of bowels
E I peed myself
E I wet myself
E wet the bed? I peed in my bed
E I pooped in my pants
E pooped myself
E incontinent since yesterday
E leaking urine
E cant hold my pee
E no controlo la orina
E no controla la vejiga
E no puedo controlar la orina
E no puedo aguantar la orina
E me hice encima
E me oriné encima
E me orine en la cama
E se me sale la orina
E perdí el control de la vejiga
E incontinencia
E cant pee
E I can't pee
E can't urinate
E havent peed since yesterday
E trouble urinating
E cannot go to the bathroom
E no puedo orinar
E no puedo hacer pipi
E no he orinado desde ayer
E no me sale la orina
E i fainted
E she fainted in the kitchen
E I passed out
E blacked out twice
E he is unconscious
E mom wont wake up
E me desmayé
E se desmayo mi papa
E perdió el conocimiento
E no despierta
E I think he had a stroke
E face drooping
E one side of her face is droopy
E her speech is slurred
E he can't speak
E cant talk right
E tiene la cara torcida
E no puede hablar
E un derrame
E bleeding wont stop
E the bleeding won't stop
E bleeding a lot
E lots of blood
E can't stop the bleeding
E bleeding heavily
E blood everywhere
E coughing up blood
E vomiting blood
E sangra mucho
E no para de sangrar
E sangrando mucho
E mucha sangre
E vomito con sangre
E overdose
E I want to die
E i dont want to live anymore
E going to kill myself
E thinking of suicide
E quiero morirme
E me quiero morir
E ya no quiero vivir
E me quiero matar
E throat is closing and my tongue is swelling
E labios hinchados
E seizure
E call 911
E need an ambulance
E llamen una ambulancia
E paralyzed
E me estoy muriendo
EO stop texting me, my chest hurts
EOU STOP i have chest pain
EO no me escriban más, no puedo respirar
E I dont have a fever but chest pain yes
E no fever, cant breathe
E no tengo fiebre pero me duele el pecho
W fever
W I have a fever
W fever of 101
W 101 fever
W fevor
W feaver since last nite
W FEVER 102
W temp 102
W temp is 100.4
W my temperature is 101
W 101.3
W 38.5
W 100.4
W got 102 on the thermometer
W I don't think it's a fever but 101
W tengo 38.5 de fiebre
W tengo 39 de temperatura
W tengo fiebre
W fiebre
W fievre
W tengo calentura
W calentura
W chills
W shivering all night
W escalofríos
W bleeding
W bleding
W I'm bleeding a little
W there is blood on the bandage
W sangrando
W estoy sangrando
W sangrado
W hay sangre en la venda
W the site is red
W redness
W its red and hot
W skin is very red around the hole
W enrojecido
W esta rojo
W la piel está roja
W swelling
W its swollen
W swolen
W hinchado
W está hinchada la espalda
W inflamado
W pus
W pus coming out
W drainage from the spot
W it is draining
W yellow fluid
W sale pus
W está supurando
W infected?
W new pain in my ribs
W new rib pain
W rib pain
W new back pain
W my back hurts
W back pain is worse
W pain is worse
W pain is not better
W pain 9
W my pain is a 10
W worst pain ever
W terrible pain
W the pain is killing me
W shooting pain
W shooting pains down my leg
W dolor punzante
W dolor en la costilla
W me duele la espalda
W dolor nuevo de espalda
W el dolor es peor
W tengo mas dolor
W headache
W hedache
W bad headache when I stand
W my head hurts
W dolor de cabeza
W me duele la cabeza
W vomiting
W threw up twice
W throwing up
W nausea
W vómito
W estoy vomitando
W dizzy
W so dizy
W lightheaded
W mareada
W tengo mareos
W vértigo
W a rash on my arm
W itchy hives
W alergia
W ronchas en la piel
W I fell
W I fell in the bathroom
W mom had a fall
W me caí
W se cayó mi mamá
W I feel weak
W everything is numb
W not feeling well
W I feel very sick
W no me siento bien
W me siento muy mal
W the bleeding stopped
W bruise the size of an egg
WO stop texting me, I have a fever
W no fever but bleeding
W not bleeding much
W no bleeding until last night
W no bleeding. Fever 101
W no, fever
W fever, no bleeding
W no fever, chills
W sin fiebre pero sangrando
W never had bleeding like this
W no tanto dolor pero mareada
"""

QUIET = """
- no fever
- no fever, no bleeding
- no fever no bleeding no pain
- No fever or chills
- no chest pain
- no chest pain, no trouble breathing
- no shortness of breath
- no new back pain
- not bleeding
- not dizzy
- no longer bleeding
- no more bleeding
- not having any pain
- I don't have a fever
- i do not have any chest pain
- no signs of infection
- no leg weakness
- no numbness
- no headache
- no swelling
- without fever
- sin fiebre
- sin dolor
- no tengo fiebre
- no tengo dolor de pecho
- no me duele el pecho
- no hay sangrado
- no sangro
- sin fiebre ni sangrado
- no tengo fiebre ni escalofríos
- ya no tengo fiebre
- ya no sangra
- no siento dolor
- no fever 98.6
- temp 98.6
- temp 99.1
- no vomiting no nausea
- not swollen not red
- pain is better
- my back pain is better
- my back pain is gone thank you
- el dolor está mejor
- menos dolor gracias
- feeling good
- all good
- doing fine thank you
- me siento bien
- estoy bien gracias
- ok
- OK 👍
- thanks
- Thank you so much!
- gracias
- muchas gracias
- God bless
- 👍
- 🙏🙏🙏
- ❤️
- what time do I come
- where do I park
- what time is my appointment
- my daughter will drive me
- my son is my ride
- who is this
- quien es
- a que hora es
- mi hija me lleva
- a donde voy
- can I eat breakfast
- puedo desayunar
- do I need a ride
- is there parking
- I have a blood test Monday
- my blood pressure is normal
- chest x-ray is Monday
- discharge papers are on the table
- I'm in a red car
- see you in the fall
- I fell asleep and missed your call
- I can't talk now
- I cant make it
- I can't come Tuesday
- no puedo ir el martes
- I will be 10 minutes late
- my address is 101 Elm street
- we live 38 miles away
- call me back please
- my legs are fine
- I weigh 101.5 lbs
- emergency contact is my son
- confused about the time
- 12125550123
- 1 2 3
- one
- diez
- ten
- .
- ?
"""

NUMBERS = """
0 0
1 1
2 2.
5 5
8 8!
10 10
8 8/10
10 10/10
8 8 / 10
8 #8
8 8 out of 10
8 8 de 10
8 ８
10 １０
7 "7"
3   3
8 8️⃣
"""
NO_NUMBERS = (
    "11",
    "-1",
    "08",
    "8.5",
    "1 2",
    "8 or 9",
    "eight",
    "ten",
    "diez",
    "8/11",
    "8?",
    "1,",
    "٨",
    "",
    "10.5",
    "100",
)
