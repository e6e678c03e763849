W0042meri
a i BC-EU--Lighthouse     03-04 0120
^BC-EU--Lighthouse, 1st Ld,120<
^Lighthouse shines again after nine years<
^Eds: Updates with lamp.<
^By NORA VALE=
^Meridian Press=
	   PORT SABLE, France (AP) _ After nine years, the lighthouse shines again.
	   ``We missed it,'' said the harbor master.
	   ;MON;TUE;WED;THU<
	   Ships;3;5;8;1<

	   AP-WF-03-04-06 1010GMT<


