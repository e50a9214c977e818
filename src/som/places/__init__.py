"""Where things are: administrative units with their history, organisations, sites.

Words: a *unit* (đơn vị hành chính) is a province, district or commune on the days on which it is
in force; its code means it only together with a day, because codes are used again. *Lineage* leads
from a unit that ended to those that took it over; a unit is *split* when they are several. A unit
*covers* every unit whose rows it answers for. An *organisation* (cơ sở) is who takes swabs, tests
or is visited; a *site* (địa điểm) is where that happens. A *laboratory right* says whether a
laboratory may confirm a positive or only screen. A written *address* (địa chỉ) means one unit of a
day, or says why not and which it could be: nothing is guessed.

States: none; units, organisations and rights have a first and a last day. Since 1 July 2025 there
are 34 provinces, no districts and 3,321 communes.
"""
