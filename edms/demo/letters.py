"""What the people of Kvemo write: realistic letters in four languages, made of parts by a seeded chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

from edms.registry.words import RegisterKind


@dataclass(frozen=True)
class Subject:
    """A kind of letter: which register, unit and case index, what the card says, what the letter says."""

    language: str
    book: RegisterKind
    unit: str
    case: str
    document_type: str
    summary: str
    text: str
    answer: str = ""


@dataclass(frozen=True)
class Written:
    """One letter: its sender, card and text."""

    sender: str
    address: str
    identification: str
    subject: Subject
    summary: str
    text: str
    answer: str


FIRST = (
    "გიორგი",
    "ნანა",
    "ლევან",
    "მარინე",
    "ზაზა",
    "თეა",
    "დათო",
    "ნათია",
    "ვახტანგ",
    "ლამარა",
    "შოთა",
    "ქეთევან",
    "მამუკა",
    "ირმა",
)
LAST = (
    "ბერიძე",
    "კაპანაძე",
    "გელაშვილი",
    "მჭედლიშვილი",
    "ლომიძე",
    "წერეთელი",
    "ხუციშვილი",
    "ჩხეიძე",
    "ნოზაძე",
    "ფირცხალავა",
    "ტყეშელაშვილი",
    "ღლონტი",
)
ARMENIANS = ("Արմեն Սարգսյան", "Անահիտ Գրիգորյան", "Վարդան Պետրոսյան", "Նարինե Հակոբյան")
RUSSIANS = ("Ольга Смирнова", "Сергей Иванов", "Елена Кузнецова", "Андрей Попов")
ENGLISH = ("Eleanor Whitfield", "Thomas Brennan", "Caucasus Water Partners LLC", "Helen Marsh")
STREETS = ("რუსთაველის", "აღმაშენებლის", "ჭავჭავაძის", "თამარ მეფის", "წერეთლის", "ვაჟა-ფშაველას")
VILLAGES = ("ვარდისუბან", "ჭალა", "წყალთაშუა", "ნაფარეულ", "ტყემლოვანა", "ხიდისთავ")

KA, HY, RU, EN = "ka", "hy", "ru", "en"
IN, APP, INF = RegisterKind.INCOMING, RegisterKind.APPLICATIONS, RegisterKind.INFORMATION_REQUESTS

SUBJECTS = (
    Subject(KA, APP, "12", "12-05", "application", "სახლის სახურავის შეკეთება, {street} ქუჩა {house}",
        "გთხოვთ, დამეხმაროთ საცხოვრებელი სახლის სახურავის შეკეთებაში. სახლი მდებარეობს {street} ქუჩაზე, ნომერი {house}. ბოლო ძლიერი წვიმების შემდეგ სახურავი დაზიანდა, წყალი ჩადის ორ ოთახში. ოჯახში ვცხოვრობთ ხუთი ადამიანი, მათ შორის ორი მცირეწლოვანი ბავშვი.\n\nთანდართულია: პირადობის მოწმობის ასლი, ფოტოსურათები, საჯარო რეესტრის ამონაწერი.",
        "თქვენი განცხადების საფუძველზე სახურავი ადგილზე დაათვალიერეს. სამუშაოები შეტანილია მიმდინარე კვარტლის გეგმაში და დაიწყება ათი სამუშაო დღის განმავლობაში."),
    Subject(KA, APP, "12", "12-05", "application", "გზის მოხრეშვა სოფელ {village}ში",
        "მოგმართავთ ჩვენი სოფლის მოსახლეობა. სოფლის შიდა გზა, რომელიც სკოლას აკავშირებს ცენტრთან, წვიმის შემდეგ გაუვალია. გთხოვთ, დაგეგმოთ გზის მოხრეშვა და წყალსაწრეტი არხის გაწმენდა ზამთრამდე.",
        "სოფლის შიდა გზის მოხრეშვა გათვალისწინებულია ინფრასტრუქტურის სამსახურის გეგმაში. წყალსაწრეტი არხი გაიწმინდება მიმდინარე თვეში."),
    Subject(KA, IN, "12", "12-08", "letter", "გარე განათების ქსელის ექსპლუატაცია, {street} ქუჩა",
        "გაცნობებთ, რომ {street} ქუჩაზე გარე განათების ქსელის შემოწმებისას გამოვლინდა შვიდი დაზიანებული სანათი. გთხოვთ, დაადასტუროთ შეკეთების სამუშაოების დაწყების თარიღი და გამოყოთ პასუხისმგებელი პირი.",
        "ვადასტურებთ, რომ სანათების შეკეთება დაიწყება მომავალ კვირას. პასუხისმგებელი პირია ინფრასტრუქტურის სამსახურის უფროსი სპეციალისტი."),
    Subject(KA, APP, "07", "07-02", "application", "ერთჯერადი ფულადი სოციალური დახმარება",
        "გთხოვთ, დამინიშნოთ ერთჯერადი ფულადი სოციალური დახმარება მკურნალობის ხარჯების დასაფარად. ვცხოვრობ მარტო, სარეიტინგო ქულა 28 500. თანდართულია სამედიცინო ცნობა და საბანკო ანგარიშის ნომერი.",
        "გაცნობებთ, რომ თქვენი განცხადება განიხილა კომისიამ და მიღებულია გადაწყვეტილება დახმარების დანიშვნის შესახებ."),
    Subject(KA, APP, "07", "07-04", "complaint", "საჩივარი ნარჩენების გატანის გრაფიკზე, {street} ქუჩა",
        "გიჩივით, რომ {street} ქუჩაზე ნარჩენები კვირაში ერთხელ გააქვთ, ნაცვლად გრაფიკით განსაზღვრული სამისა. მოვითხოვ, შემოწმდეს მომსახურე კომპანიის მუშაობა და მეცნობოს შედეგი.",
        "შემოწმების შედეგად გრაფიკის დარღვევა დადასტურდა. მომსახურე კომპანიას მიეცა წერილობითი გაფრთხილება, გატანა აღდგა კვირაში სამჯერ."),
    Subject(KA, INF, "03", "03-02", "information_request", "საჯარო ინფორმაცია სახურავების პროგრამის ხარჯებზე",
        "ზოგადი ადმინისტრაციული კოდექსის 37-ე მუხლის საფუძველზე გთხოვთ, მომაწოდოთ საჯარო ინფორმაცია: რამდენი სახურავი შეკეთდა 2025 წელს, რა თანხა დაიხარჯა და რომელ კომპანიებთან გაფორმდა ხელშეკრულებები.",
        "გიგზავნით მოთხოვნილ საჯარო ინფორმაციას: 2025 წელს შეკეთდა 41 სახურავი, დაიხარჯა 186 400 ლარი, გაფორმდა ორი ხელშეკრულება."),
    Subject(KA, IN, "01", "01-03", "letter", "სტატისტიკური ანგარიშგების ფორმების წარდგენა",
        "გთხოვთ, არაუგვიანეს თვის ბოლოსა წარმოადგინოთ სტატისტიკური ანგარიშგების ფორმები მუნიციპალიტეტის ადმინისტრაციული წარმოებების შესახებ. ფორმები იხილეთ დანართში.",
        "გიგზავნით შევსებულ სტატისტიკურ ფორმებს."),
    Subject(KA, APP, "12", "12-08", "application", "სასმელი წყლის მილის დაზიანება სოფელ {village}ში",
        "სოფელ {village}ში, სკოლის მიმდებარედ, დაზიანებულია სასმელი წყლის მილი. წყალი უკვე მესამე დღეა იღვრება, ოც ოჯახს წყალი არ მიეწოდება. გთხოვთ სასწრაფო რეაგირებას.",
        "დაზიანება აღმოფხვრილია, წყალმომარაგება აღდგენილია."),
    Subject(HY, APP, "12", "12-08", "application", "Փողոցային լուսավորության վերանորոգում",
        "Խնդրում եմ վերանորոգել մեր փողոցի լուսավորությունը։ Երկու շաբաթ է, ինչ երեք լուսարձակ չի աշխատում, երեխաները մթության մեջ են վերադառնում դպրոցից։ Կից ներկայացնում եմ լուսանկարները։",
        "Հայտնում ենք, որ լուսավորությունը վերանորոգվել է։"),
    Subject(HY, APP, "07", "07-02", "application", "Դրամական սոցիալական աջակցություն",
        "Խնդրում եմ տրամադրել միանվագ դրամական սոցիալական աջակցություն բուժման ծախսերի համար։ Ապրում եմ միայնակ և աշխատանք չունեմ։ Կից ներկայացնում եմ բժշկական տեղեկանքը։",
        "Հայտնում ենք, որ հանձնաժողովը որոշել է տրամադրել աջակցությունը։"),
    Subject(RU, APP, "12", "12-05", "application", "Ремонт дороги к школе",
        "Прошу рассмотреть вопрос о ремонте дороги, ведущей к школе. После дождей дорога разрушена, школьный автобус не может проехать. Жители трёх улиц вынуждены обходить этот участок пешком. Приложение: фотографии, 4 листа.",
        "Сообщаем, что ремонт дороги включён в план работ текущего квартала."),
    Subject(RU, IN, "01", "01-03", "letter", "О сотрудничестве в области архивного дела",
        "Предлагаем рассмотреть возможность сотрудничества в области архивного дела и обмена опытом электронного делопроизводства. Просим сообщить удобные для Вас сроки встречи.",
        "Благодарим за предложение и готовы провести встречу в следующем месяце."),
    Subject(EN, IN, "12", "12-08", "letter", "Proposal for water metering pilot",
        "We would like to propose a pilot for remote water metering in two villages of the municipality. The pilot lasts six months and is free of charge. Please let us know whom we may meet to discuss the technical conditions.",
        "Thank you for your proposal. The infrastructure service will meet you next week."),
    Subject(EN, INF, "03", "03-02", "information_request", "Request for information on building permits",
        "Under the right of access to public information I request the list of construction permits issued in the last year, with class, address and date of each decision.",
        "Please find enclosed the list of construction permits issued in the last year."),
)  # fmt: skip
GREETING = {KA: "ქვემოს მუნიციპალიტეტის მერს, ბატონ დავით მაისურაძეს", HY: "Քվեմո համայնքի ղեկավար Դավիթ Մայսուրաձեին", RU: "Мэру муниципалитета Квемо г-ну Давиду Маисурадзе", EN: "To the Mayor of Kvemo, Mr Davit Maisuradze"}  # fmt: skip
TITLE = {KA: {"application": "განცხადება", "complaint": "საჩივარი", "information_request": "მოთხოვნა", "letter": "წერილი"}, HY: {"application": "Դիմում", "letter": "Գրություն"}, RU: {"application": "Заявление", "letter": "Письмо"}, EN: {"letter": "Letter", "information_request": "Request"}}  # fmt: skip
BODIES = (
    "სსიპ საჯარო რეესტრის ეროვნული სააგენტო",
    "შპს ქვემოს ელექტროქსელი",
    "სსიპ საქართველოს სტატისტიკის ეროვნული სამსახური",
    "ა(ა)იპ ქვემოს კომუნალური სამსახური",
)


def write(chance: random.Random) -> Written:
    """One letter, by chance; most are Georgian applications."""
    weights = [4 if s.language == KA else 1 for s in SUBJECTS]
    return letter(chance.choices(SUBJECTS, weights)[0], chance)


def letter(subject: Subject, chance: random.Random) -> Written:
    """One letter of this kind."""
    street, village, house = chance.choice(STREETS), chance.choice(VILLAGES), chance.randint(1, 120)
    said = {"street": street, "village": village, "house": house}
    sender = _sender(subject, chance)
    address = f"{street} ქუჩა {house}, ქვემო" if subject.language == KA else f"Kvemo, {chance.randint(1, 90)}"
    identification = f"{chance.randint(10**10, 10**11 - 1)}"
    body = subject.text.format(**said)
    title = TITLE[subject.language].get(subject.document_type, subject.summary)
    text = f"{GREETING[subject.language]}\n\n{sender}\n{address}\n{identification}\n\n{title}\n\n{body}\n\n{sender}"
    return Written(sender, address, identification, subject, subject.summary.format(**said), text, subject.answer)


def _sender(subject: Subject, chance: random.Random) -> str:
    if subject.language == HY:
        return chance.choice(ARMENIANS)
    if subject.language == RU:
        return chance.choice(RUSSIANS)
    if subject.language == EN:
        return chance.choice(ENGLISH)
    if subject.book is IN:
        return chance.choice(BODIES)
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"
